package io.growthbus.bench.prompts;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param warmUpWaves of users, not counted
 * @param waves of users that are counted
 * @param sockets open at a time, one for each user of a wave
 * @param crossingsPerSecond users who reach a threshold
 * @param eventsPerSecond of others, beside them
 * @param pushRounds in which each server pushes once
 * @param pushWindow of the messages to single sockets in each round
 * @param fanOuts messages to all sockets in each round
 * @param idleSockets on one node
 * @param starts of a node on an existing database
 * @param settle how long a node rests before it is looked at
 */
record PromptsPlan(
    int warmUpWaves,
    int waves,
    int sockets,
    int crossingsPerSecond,
    int eventsPerSecond,
    int pushRounds,
    Duration pushWindow,
    int fanOuts,
    int idleSockets,
    int starts,
    Duration settle) {

  static PromptsPlan standard(int waves, int idleSockets) {
    return new PromptsPlan(
        12,
        waves,
        1_000,
        200,
        2_000,
        5,
        Duration.ofSeconds(5),
        10,
        idleSockets,
        5,
        Duration.ofSeconds(15));
  }

  /** Everything once, so short that the figures mean nothing. */
  static PromptsPlan quick() {
    return new PromptsPlan(
        0, 1, 100, 50, 500, 1, Duration.ofSeconds(1), 2, 1_000, 1, Duration.ofSeconds(2));
  }
}
