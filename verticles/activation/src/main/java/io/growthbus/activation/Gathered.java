package io.growthbus.activation;

import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Gathers questions while others are being answered, so that many of them share a round trip and a
 * commit; one that comes alone is answered at once.
 *
 * <p>Questions about the same thing are never in one group; they keep their order. Where a group
 * fails for what is in it, each question is asked alone.
 *
 * <p>Lives on one event loop; not thread-safe.
 */
final class Gathered<Q, A> {
  private static final int MOST = 200;

  /** Groups under way: the next need not wait for the commit of the last one. */
  private static final int LANES = 2;

  private final Function<Q, Object> about;
  private final Function<List<Q>, Future<List<A>>> answer;
  private final Set<Waiting<Q, A>> waiting = new LinkedHashSet<>();
  private final Set<Object> underWay = new HashSet<>();
  private int groups;

  /** By identity: equal questions are different ones. */
  private static final class Waiting<Q, A> {
    private final Q question;
    private final Object about;
    private final Promise<A> answered = Promise.promise();

    Waiting(Q question, Object about) {
      this.question = question;
      this.about = about;
    }
  }

  /**
   * @param about what a question is about
   * @param answer answers a group, in its order
   */
  Gathered(Function<Q, Object> about, Function<List<Q>, Future<List<A>>> answer) {
    this.about = about;
    this.answer = answer;
  }

  /** The answer; fails as the group does. */
  Future<A> ask(Q question) {
    Waiting<Q, A> one = new Waiting<>(question, about.apply(question));
    waiting.add(one);
    pump();
    return one.answered.future();
  }

  private void pump() {
    while (groups < LANES) {
      List<Waiting<Q, A>> group = next();
      if (group.isEmpty()) {
        return;
      }
      groups++;
      Future.succeededFuture(group.stream().map(one -> one.question).toList())
          .compose(answer)
          .onComplete(
              done -> {
                groups--;
                group.forEach(one -> underWay.remove(one.about));
                if (done.succeeded()) {
                  tell(group, done.result());
                } else {
                  failed(group, done.cause());
                }
                pump();
              });
    }
  }

  private List<Waiting<Q, A>> next() {
    List<Waiting<Q, A>> group = new ArrayList<>();
    Iterator<Waiting<Q, A>> each = waiting.iterator();
    while (group.size() < MOST && each.hasNext()) {
      Waiting<Q, A> one = each.next();
      if (underWay.add(one.about)) {
        group.add(one);
        each.remove();
      }
    }
    return group;
  }

  private static <Q, A> void tell(List<Waiting<Q, A>> group, List<A> answers) {
    for (int i = 0; i < group.size(); i++) {
      group.get(i).answered.complete(answers.get(i));
    }
  }

  private void failed(List<Waiting<Q, A>> group, Throwable failure) {
    if (group.size() == 1 || Postgres.isUnavailable(failure)) {
      group.forEach(one -> one.answered.fail(failure));
      return;
    }
    for (Waiting<Q, A> one : group) {
      Future.succeededFuture(List.of(one.question))
          .compose(answer)
          .onSuccess(answers -> one.answered.complete(answers.get(0)))
          .onFailure(one.answered::fail);
    }
  }
}
