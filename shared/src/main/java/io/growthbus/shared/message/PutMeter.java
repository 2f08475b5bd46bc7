package io.growthbus.shared.message;

import org.jspecify.annotations.Nullable;

/**
 * Order: define a meter. The same again changes nothing.
 *
 * @param definition JSON text of an object, as in {@code growth.json}; {@code "reset": true} lets
 *     go of what was counted under another definition
 * @param expectedRevision revision that the definitions must have, or null for any
 */
public record PutMeter(String key, String definition, @Nullable Long expectedRevision) {}
