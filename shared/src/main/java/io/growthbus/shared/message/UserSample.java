package io.growthbus.shared.message;

import java.util.List;

/**
 * Users with a counter or with a recent event, chosen without regard to who they are, and the same
 * ones again when nothing has changed.
 *
 * @param known of how many they were chosen
 * @param more whether there are more than {@code known}
 */
public record UserSample(List<String> userIds, long known, boolean more) {}
