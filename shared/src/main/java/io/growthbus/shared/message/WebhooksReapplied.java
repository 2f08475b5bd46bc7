package io.growthbus.shared.message;

import java.util.Map;

/**
 * What became of deliveries that were applied once more.
 *
 * @param outcomes how many have which outcome now
 */
public record WebhooksReapplied(Map<String, Integer> outcomes) {}
