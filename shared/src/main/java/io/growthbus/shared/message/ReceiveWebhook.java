package io.growthbus.shared.message;

import java.util.Map;

/**
 * A delivery of a billing system, exactly as it came.
 *
 * @param provider {@code stripe}
 * @param headers signature headers, names in lower case
 * @param body raw bytes, before any parser
 * @param receivedAtMs server time of arrival, ms since the epoch
 */
public record ReceiveWebhook(
    String provider, Map<String, String> headers, byte[] body, long receivedAtMs) {}
