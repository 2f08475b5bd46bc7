package io.growthbus.activation;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatheredTest {
  private final List<List<String>> groups = new ArrayList<>();
  private final List<Promise<List<String>>> answers = new ArrayList<>();

  /** Questions such as {@code a1}: about {@code a}. */
  private final Gathered<String, String> gathered =
      new Gathered<>(
          question -> question.substring(0, 1),
          questions -> {
            groups.add(questions);
            Promise<List<String>> answer = Promise.promise();
            answers.add(answer);
            return answer.future();
          });

  private void answer(int group) {
    answers.get(group).complete(groups.get(group).stream().map(q -> "to " + q).toList());
  }

  @Test
  void one_that_comes_alone_is_asked_at_once() {
    Future<String> only = gathered.ask("a1");
    assertThat(groups).containsExactly(List.of("a1"));
    answer(0);
    assertThat(only.result()).isEqualTo("to a1");
  }

  @Test
  void those_that_come_meanwhile_are_asked_together_and_each_gets_its_own_answer() {
    gathered.ask("a1");
    gathered.ask("b1");
    Future<String> third = gathered.ask("c1");
    Future<String> fourth = gathered.ask("d1");
    assertThat(groups).hasSize(2);

    answer(0);
    assertThat(groups.get(2)).containsExactly("c1", "d1");
    answer(2);
    assertThat(third.result()).isEqualTo("to c1");
    assertThat(fourth.result()).isEqualTo("to d1");
  }

  @Test
  void questions_about_one_thing_are_asked_one_after_the_other() {
    gathered.ask("a1");
    gathered.ask("a2");
    gathered.ask("a3");
    gathered.ask("b1");
    assertThat(groups).containsExactly(List.of("a1"), List.of("b1"));

    answer(0);
    assertThat(groups.get(2)).containsExactly("a2");
    answer(2);
    assertThat(groups.get(3)).containsExactly("a3");
  }

  @Test
  void where_a_group_fails_for_one_of_its_questions_the_others_have_their_answers() {
    gathered.ask("a1");
    gathered.ask("b1");
    Future<String> bad = gathered.ask("c1");
    Future<String> good = gathered.ask("d1");
    answer(0);

    answers.get(2).fail(new IllegalStateException("one of you"));
    assertThat(groups.subList(3, 5)).containsExactly(List.of("c1"), List.of("d1"));
    answers.get(3).fail(new IllegalStateException("you"));
    answer(4);
    assertThat(bad.cause()).hasMessage("you");
    assertThat(good.result()).isEqualTo("to d1");
  }

  @Test
  void a_throwing_answer_fails_its_questions_and_nothing_else() {
    Gathered<String, String> throwing =
        new Gathered<>(
            question -> question,
            questions -> {
              if (questions.contains("bad")) {
                throw new IllegalStateException("thrown");
              }
              return Future.succeededFuture(questions);
            });
    assertThat(throwing.ask("bad").cause()).hasMessage("thrown");
    assertThat(throwing.ask("good").result()).isEqualTo("good");
    assertThat(throwing.ask("bad").cause()).hasMessage("thrown");
    assertThat(throwing.ask("good").result()).isEqualTo("good");
  }
}
