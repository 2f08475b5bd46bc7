package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Orders ingest to store a batch of telemetry.
 *
 * @param body the request body, decompressed, as the sender wrote it: {@code {"batch":[…]}} or an
 *     array
 * @param verifiedUserId user proven by a token, or null; an event that names another user is
 *     refused
 * @param trusted true when the caller holds the secret key (or the node is open): any user id
 *     counts
 * @param receivedAtMs server time of arrival, ms since the epoch
 */
public record RecordEvents(
    byte[] body, @Nullable String verifiedUserId, boolean trusted, long receivedAtMs) {}
