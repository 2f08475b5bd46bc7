package io.growthbus.bench.nodes;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How one speaks with a server of sockets over a WebSocket. */
public interface Dialect {
  /** Path of the WebSocket. */
  String path();

  /** What is sent as soon as the socket is open. */
  List<String> hello(String name);

  /** Whether the server says with this that it knows the socket by its name. */
  boolean isReady(String frame);

  /** What the protocol wants to be answered to this; mostly nothing. */
  default Optional<String> answer(String frame, String name) {
    return Optional.empty();
  }

  /** What keeps the socket open, sent every 20 s; empty when the protocol needs nothing. */
  default Optional<String> signOfLife() {
    return Optional.empty();
  }

  /**
   * The product: frames of the event-bus bridge.
   *
   * @param addresses that each socket hears
   */
  static Dialect product(List<String> addresses) {
    return new Product(addresses);
  }

  /** SockJS without frames of its own; the first message of a socket is its name. */
  static Dialect sockJs() {
    return new SockJs();
  }

  /** Socket.IO 4 over Engine.IO 4; a socket says its name with the event {@code hello}. */
  static Dialect socketIo() {
    return new SocketIo();
  }

  /** Users are named, their tokens made here. */
  record Product(List<String> addresses) implements Dialect {
    private static final String READY = "ready";

    @Override
    public String path() {
      return "/eventbus/websocket";
    }

    @Override
    public List<String> hello(String name) {
      String token = BenchKeys.userToken(name);
      List<String> frames = new ArrayList<>();
      for (String address : addresses) {
        frames.add(
            "{\"type\":\"register\",\"address\":\"%s\",\"headers\":{\"authorization\":\"Bearer %s\"}}"
                .formatted(address, token));
      }
      // A registration is not answered, but what is said after it is.
      frames.add(
          "{\"type\":\"send\",\"address\":\"me.session\",\"replyAddress\":\"%s\",\"body\":{\"token\":\"%s\"}}"
              .formatted(READY, token));
      return frames;
    }

    @Override
    public boolean isReady(String frame) {
      return frame.contains("\"address\":\"" + READY + "\"") && frame.contains("\"rec\"");
    }

    @Override
    public Optional<String> signOfLife() {
      return Optional.of("{\"type\":\"ping\"}");
    }
  }

  /** As {@link #sockJs()}. */
  record SockJs() implements Dialect {
    @Override
    public String path() {
      return "/push/websocket";
    }

    @Override
    public List<String> hello(String name) {
      return List.of(name);
    }

    @Override
    public boolean isReady(String frame) {
      return frame.equals(Sockets.READY);
    }
  }

  /** As {@link #socketIo()}. */
  record SocketIo() implements Dialect {
    @Override
    public String path() {
      return "/socket.io/?EIO=4&transport=websocket";
    }

    @Override
    public List<String> hello(String name) {
      return List.of("40");
    }

    @Override
    public boolean isReady(String frame) {
      return frame.startsWith("42[\"ready\"");
    }

    @Override
    public Optional<String> answer(String frame, String name) {
      if (frame.equals("2")) {
        return Optional.of("3");
      }
      return frame.startsWith("40")
          ? Optional.of("42[\"hello\",\"" + name + "\"]")
          : Optional.empty();
    }
  }
}
