package io.growthbus.shared.message;

import java.util.List;

/**
 * Fact: a service has answered flags itself, from its copy of the definitions.
 *
 * @param counts each key once
 */
public record FlagsEvaluated(List<Count> counts) {

  /**
   * How often a key was asked for.
   *
   * @param evaluations at least 1
   */
  public record Count(String key, long evaluations) {}
}
