package io.growthbus.shared.message;

/**
 * Receipt of a delivery, given after the commit.
 *
 * @param eventId the id that the provider gave
 * @param outcome {@code applied}, {@code duplicate}, {@code superseded}, {@code unlinked} or {@code
 *     ignored}
 */
public record WebhookReceived(String eventId, String outcome) {}
