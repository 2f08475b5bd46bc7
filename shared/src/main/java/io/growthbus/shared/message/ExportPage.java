package io.growthbus.shared.message;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of what a room stores of a user.
 *
 * @param lines JSON texts of objects with a {@code type}, without line ends
 * @param next where the following page begins, null when this is the last
 */
public record ExportPage(List<String> lines, @Nullable String next) {}
