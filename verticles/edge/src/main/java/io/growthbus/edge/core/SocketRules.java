package io.growthbus.edge.core;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a browser may say on its socket, frame by frame. */
public final class SocketRules {
  public static final String PROMPTS = "me.prompts";
  public static final String ENTITLEMENTS = "me.entitlements";
  public static final String FLAGS = "public.flags";
  public static final String ACKNOWLEDGE = "me.prompts.ack";
  public static final String SESSION = "me.session";

  /** Addresses that a socket may hear. */
  public static final Set<String> OUTBOUND = Set.of(PROMPTS, ENTITLEMENTS, FLAGS);

  /** Addresses that a socket may speak to. */
  public static final Set<String> INBOUND = Set.of(ACKNOWLEDGE, SESSION);

  /** Registrations of one socket. */
  public static final int MOST_REGISTRATIONS = 4;

  private SocketRules() {}

  /** What to do with a frame. */
  public enum Decision {
    /** A sign of life; nothing is answered. */
    IGNORE,
    REGISTER,
    UNREGISTER,
    /** Deliver to the address. */
    ACCEPT,
    /** Not one of the addresses above. */
    DENY,
    /** No valid user token yet. */
    NOT_LOGGED_IN,
    TOO_MANY,
    /** Not a frame of the protocol. */
    INVALID
  }

  /**
   * Decides about a frame, its token left aside.
   *
   * @param type field {@code type} of the frame
   * @param address field {@code address}
   * @param loggedIn whether the socket belongs to a proven user, or the frame proves one
   * @param registrations addresses that the socket hears already
   */
  public static Decision decide(
      @Nullable String type,
      @Nullable String address,
      boolean loggedIn,
      Set<String> registrations) {
    if (type == null) {
      return Decision.INVALID;
    }
    return switch (type) {
      case "ping" -> Decision.IGNORE;
      case "register" -> register(address, loggedIn, registrations);
      case "unregister" ->
          address != null && OUTBOUND.contains(address) ? Decision.UNREGISTER : Decision.DENY;
      case "send", "publish" -> {
        if (address == null || !INBOUND.contains(address)) {
          yield Decision.DENY;
        }
        yield loggedIn ? Decision.ACCEPT : Decision.NOT_LOGGED_IN;
      }
      default -> Decision.INVALID;
    };
  }

  private static Decision register(
      @Nullable String address, boolean loggedIn, Set<String> registrations) {
    if (address == null || !OUTBOUND.contains(address)) {
      return Decision.DENY;
    }
    if (!loggedIn) {
      return Decision.NOT_LOGGED_IN;
    }
    return registrations.size() >= MOST_REGISTRATIONS && !registrations.contains(address)
        ? Decision.TOO_MANY
        : Decision.REGISTER;
  }
}
