package io.growthbus.shared.message;

/**
 * An override as it is stored.
 *
 * @param definition JSON text of an object
 * @param revision grows with each change of any override
 * @param changedAtMs ms since the epoch
 */
public record OverrideState(String definition, long revision, long changedAtMs) {}
