package io.growthbus.edge.stream;

import io.vertx.core.http.HttpServerResponse;

/** Where the text of a stream goes. */
interface Sink {
  /** Whether more is waiting to be read than is kept for a reader. */
  boolean isFull();

  void write(String text);

  /** Ends the stream; its reader comes back. */
  void end();

  /** Ends the stream and lets go of what was not read. */
  void cut();

  /** A response whose head says what it is. */
  static Sink of(HttpServerResponse response) {
    return new Sink() {
      @Override
      public boolean isFull() {
        return response.writeQueueFull();
      }

      @Override
      public void write(String text) {
        // A reader that has just gone is no failure of ours.
        response.write(text).otherwiseEmpty();
      }

      @Override
      public void end() {
        response.end().otherwiseEmpty();
      }

      @Override
      public void cut() {
        response.reset().otherwiseEmpty();
      }
    };
  }
}
