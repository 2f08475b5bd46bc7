package io.growthbus.ingest.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.ConsentStatement.State;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ConsentStatementTest {
  private static final List<String> PURPOSES = List.of("ads", "analytics", "product", "sharing");

  @Provide
  Arbitrary<ConsentStatement> statements() {
    return Arbitraries.maps(Arbitraries.of(PURPOSES), Arbitraries.of(State.class))
        .ofMaxSize(PURPOSES.size())
        .map(purposes -> new ConsentStatement(new TreeMap<>(purposes)));
  }

  @Property
  void the_order_and_the_grouping_of_statements_do_not_matter(
      @ForAll("statements") ConsentStatement a,
      @ForAll("statements") ConsentStatement b,
      @ForAll("statements") ConsentStatement c) {
    assertThat(a.and(b)).isEqualTo(b.and(a));
    assertThat(a.and(b).and(c)).isEqualTo(a.and(b.and(c)));
    assertThat(a.and(a)).isEqualTo(a);
    assertThat(a.and(ConsentStatement.NONE)).isEqualTo(a);
  }

  @Property
  void about_each_purpose_the_strictest_wins(
      @ForAll("statements") ConsentStatement a, @ForAll("statements") ConsentStatement b) {
    for (String purpose : PURPOSES) {
      State merged = a.and(b).purposes().get(purpose);
      List<ConsentStatement> naming =
          List.of(a, b).stream().filter(s -> s.purposes().containsKey(purpose)).toList();
      assertThat(merged == null).isEqualTo(naming.isEmpty());
      for (ConsentStatement said : naming) {
        assertThat(merged).isLessThanOrEqualTo(said.purposes().get(purpose));
      }
      assertThat(naming.stream().map(s -> s.purposes().get(purpose)).toList())
          .satisfies(states -> assertThat(states.isEmpty() || states.contains(merged)).isTrue());
    }
  }

  @Property
  void a_refusal_of_the_deciding_purpose_is_never_outvoted(
      @ForAll("statements") ConsentStatement other, @ForAll boolean required) {
    ConsentStatement refused = ConsentStatement.of("analytics", State.DENIED);

    assertThat(refused.and(other).permits("analytics", required)).isFalse();
  }

  @Property
  void what_is_permitted_where_consent_is_required_is_permitted_everywhere(
      @ForAll("statements") ConsentStatement said) {
    assertThat(said.permits("analytics", false) || !said.permits("analytics", true)).isTrue();
  }
}
