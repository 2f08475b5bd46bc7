package io.growthbus.openfeature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.Value;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuestionTest {
  @Test
  void the_targeting_key_is_the_user_and_no_attribute() {
    Question question = Question.of(new MutableContext("ada").add("country", "DE"));

    assertThat(question.userId()).isEqualTo("ada");
    assertThat(question.attributes()).isEqualTo(Map.of("country", "DE"));
  }

  @Test
  void without_a_context_or_with_an_empty_key_there_is_no_user() {
    assertThat(Question.of(null)).isEqualTo(new Question(null, Map.of()));
    assertThat(Question.of(new ImmutableContext())).isEqualTo(new Question(null, Map.of()));
    assertThat(Question.of(new ImmutableContext("")).userId()).isNull();
  }

  @Test
  void attributes_are_as_json_has_them_without_what_is_null() {
    MutableContext context =
        new MutableContext("ada")
            .add("seats", 3)
            .add("score", 0.5)
            .add("beta", true)
            .add("since", Instant.parse("2026-02-03T04:05:06Z"))
            .add("groups", List.of(new Value("a"), new Value(), new Value(2)))
            .add("org", new MutableStructure().add("plan", "pro"))
            .add("nothing", (String) null);

    assertThat(Question.of(context).attributes())
        .isEqualTo(
            Map.of(
                "seats",
                3,
                "score",
                0.5,
                "beta",
                true,
                "since",
                "2026-02-03T04:05:06Z",
                "groups",
                List.of("a", 2),
                "org",
                Map.of("plan", "pro")));
  }
}
