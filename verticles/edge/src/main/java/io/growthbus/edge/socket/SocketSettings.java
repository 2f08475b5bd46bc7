package io.growthbus.edge.socket;

import java.time.Duration;

/**
 * Limits of browser sockets.
 *
 * @param perUser open sockets of a user; the oldest one is closed beyond that
 * @param perAddress open sockets of one address; more are closed at once
 * @param perNode open sockets of this node; more are closed at once
 * @param messagesPerSecond frames of a socket; twice as many in a burst
 * @param idle how long a socket may be silent, and how long it may belong to nobody; clients ping
 *     every few seconds and register with their token as soon as they are open
 */
public record SocketSettings(
    int perUser, int perAddress, int perNode, int messagesPerSecond, Duration idle) {
  /** Largest frame of a browser, in characters. */
  public static final int LARGEST_FRAME = 16 * 1024;
}
