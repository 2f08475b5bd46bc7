package io.growthbus.shared.bus;

import io.vertx.core.Future;
import io.vertx.core.eventbus.MessageConsumer;

/** A broadcast that is heard on this node until the subscription is ended. */
public final class Subscription {
  private final MessageConsumer<?> consumer;

  Subscription(MessageConsumer<?> consumer) {
    this.consumer = consumer;
  }

  /** The registration, completed when every node knows it. */
  public Future<Void> started() {
    return consumer.completion();
  }

  /** Hears no more; completed when every node knows it. */
  public Future<Void> end() {
    return consumer.unregister();
  }
}
