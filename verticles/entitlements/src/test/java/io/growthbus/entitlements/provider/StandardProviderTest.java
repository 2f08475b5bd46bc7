package io.growthbus.entitlements.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.entitlements.core.Terms;
import io.growthbus.shared.config.Catalogue;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StandardProviderTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final StandardProvider PROVIDER = new StandardProvider(nowMs -> List.of());
  private static final Entitlements CONFIG =
      new Entitlements(
          Duration.ZERO,
          "free",
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO,
          List.of(),
          List.of(),
          Catalogue.EMPTY);
  private static final long AT = Instant.parse("2026-11-24T12:00:00Z").toEpochMilli();

  private static Optional<BillingEvent> read(String json) {
    try {
      return PROVIDER.read("msg_1", JSON.readTree(json.replace('\'', '"')), CONFIG);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  private static Optional<BillingEvent> updated(String data) {
    return read(
        "{'type':'entitlement.updated','timestamp':'2026-11-24T12:00:00Z','data':{%s}}"
            .formatted(data));
  }

  @Test
  void what_a_user_has_is_read_whole() {
    assertThat(
            updated(
                """
                'user_id':'ada','tier':'pro','status':'active','period_end':'2026-12-24T13:00:00+01:00','version':7,
                'limits':{'api_calls':20000,'seats':'unlimited','jobs':null},'features':['export','sso']
                """))
        .contains(
            new SubscriptionReported(
                "msg_1",
                AT,
                7,
                1,
                "user:ada",
                null,
                "ada",
                null,
                "pro",
                new Terms(
                    Map.of("api_calls", 20_000L),
                    List.of("seats", "jobs"),
                    List.of("export", "sso")),
                "active",
                Instant.parse("2026-12-24T12:00:00Z").toEpochMilli(),
                null,
                null,
                false,
                false));
  }

  @Test
  void what_an_account_has_is_nobodys_in_particular() {
    assertThat(updated("'account_id':'acme','status':'canceled'"))
        .get()
        .isInstanceOfSatisfying(
            SubscriptionReported.class,
            said -> {
              assertThat(said.subscriptionId()).isEqualTo("account:acme");
              assertThat(said.accountId()).isEqualTo("acme");
              assertThat(said.userId()).isNull();
              assertThat(said.version()).isEqualTo(-1);
              assertThat(said.terms()).isEqualTo(Terms.NONE);
            });
  }

  @Test
  void an_empty_list_of_features_takes_all_of_them_and_an_absent_one_none() {
    assertThat(updated("'user_id':'ada','status':'active','features':[]"))
        .get()
        .isInstanceOfSatisfying(
            SubscriptionReported.class, said -> assertThat(said.terms().features()).isEmpty());
    assertThat(updated("'user_id':'ada','status':'active'"))
        .get()
        .isInstanceOfSatisfying(
            SubscriptionReported.class, said -> assertThat(said.terms().features()).isNull());
  }

  @Test
  void limits_that_are_no_numbers_say_nothing() {
    assertThat(updated("'user_id':'a','status':'active','limits':{'a':-1,'b':1.5,'c':'x','d':[]}"))
        .get()
        .isInstanceOfSatisfying(
            SubscriptionReported.class, said -> assertThat(said.terms()).isEqualTo(Terms.NONE));
  }

  @Test
  void another_type_is_kept_and_means_nothing() {
    assertThat(read("{'type':'ping','timestamp':'2026-11-24T12:00:00Z','data':{}}"))
        .contains(new Unrelated("msg_1", AT, null, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'status':'active'",
        "'user_id':'ada'",
        "'user_id':'ada','account_id':'acme','status':'active'",
        "'user_id':'','status':'active'",
        "'user_id':7,'status':'active'"
      })
  void an_update_that_does_not_say_whose_and_how_it_is_is_refused(String data) {
    assertThat(updated(data)).isEmpty();
  }

  @Test
  void an_update_without_a_legible_time_is_refused() {
    assertThat(
            read(
                "{'type':'entitlement.updated','timestamp':'yesterday','data':{'user_id':'a','status':'active'}}"))
        .isEmpty();
  }

  @Test
  void a_user_id_of_more_than_200_characters_is_refused() {
    assertThat(updated("'user_id':'" + "u".repeat(200) + "','status':'active'")).isPresent();
    assertThat(updated("'user_id':'" + "u".repeat(201) + "','status':'active'")).isEmpty();
  }
}
