package io.growthbus.edge.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.core.SocketRules.Decision;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketRulesTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "absent",
      textBlock =
          """
          ping,       absent,                          false, IGNORE
          ping,       absent,                          true,  IGNORE
          register,   me.prompts,                      true,  REGISTER
          register,   me.entitlements,                 true,  REGISTER
          register,   public.flags,                    true,  REGISTER
          register,   me.prompts,                      false, NOT_LOGGED_IN
          register,   public.flags,                    false, NOT_LOGGED_IN
          register,   absent,                          true,  DENY
          register,   me.prompts.ack,                  true,  DENY
          register,   me.session,                      true,  DENY
          register,   me.prompts.ada,                  true,  DENY
          register,   ME.PROMPTS,                      true,  DENY
          register,   ' me.prompts',                   true,  DENY
          register,   growthbus.activation.pending,    true,  DENY
          register,   __vertx.reply.1,                 true,  DENY
          register,   growthbus.ingest.record,         false, DENY
          unregister, me.prompts,                      false, UNREGISTER
          unregister, public.flags,                    true,  UNREGISTER
          unregister, absent,                          true,  DENY
          unregister, growthbus.flags.set,             true,  DENY
          send,       me.prompts.ack,                  true,  ACCEPT
          send,       me.session,                      true,  ACCEPT
          publish,    me.prompts.ack,                  true,  ACCEPT
          send,       me.prompts.ack,                  false, NOT_LOGGED_IN
          send,       me.session,                      false, NOT_LOGGED_IN
          send,       me.prompts,                      true,  DENY
          publish,    public.flags,                    true,  DENY
          send,       growthbus.ingest.record,         true,  DENY
          publish,    growthbus.activation.prompt-raised, true, DENY
          send,       absent,                          true,  DENY
          absent,     me.prompts,                      true,  INVALID
          '',         me.prompts,                      true,  INVALID
          REGISTER,   me.prompts,                      true,  INVALID
          rec,        me.prompts,                      true,  INVALID
          """)
  void a_frame_is_decided_by_its_type_and_its_address(
      @Nullable String type, @Nullable String address, boolean loggedIn, Decision decision) {
    assertThat(SocketRules.decide(type, address, loggedIn, Set.of())).isEqualTo(decision);
  }

  @Test
  void a_registration_may_be_repeated_but_not_be_one_of_more_than_the_limit() {
    Set<String> full =
        Stream.iterate(1, n -> n + 1)
            .limit(SocketRules.MOST_REGISTRATIONS - 1)
            .map(n -> "address" + n)
            .collect(Collectors.toSet());
    assertThat(SocketRules.decide("register", SocketRules.PROMPTS, true, full))
        .isEqualTo(Decision.REGISTER);
    full.add(SocketRules.PROMPTS);
    assertThat(SocketRules.decide("register", SocketRules.PROMPTS, true, full))
        .isEqualTo(Decision.REGISTER);
    assertThat(SocketRules.decide("register", SocketRules.FLAGS, true, full))
        .isEqualTo(Decision.TOO_MANY);
  }

  @Property
  void no_address_but_the_five_is_ever_heard_or_spoken_to(
      @ForAll String type, @ForAll String address, @ForAll boolean loggedIn) {
    for (String word : new String[] {type, "register", "unregister", "send", "publish"}) {
      Decision decision = SocketRules.decide(word, address, loggedIn, Set.of());
      boolean known =
          SocketRules.OUTBOUND.contains(address) || SocketRules.INBOUND.contains(address);
      assertThat(known || !Set.of(Decision.REGISTER, Decision.ACCEPT).contains(decision)).isTrue();
    }
  }
}
