package io.growthbus.shared.message;

import java.util.Map;

/**
 * What became of deliveries that were applied once more.
 *
 * @param outcomes how many have which outcome now
 * @param left how many there was no time for; they come first when it is ordered again
 */
public record WebhooksReapplied(Map<String, Integer> outcomes, int left) {}
