package io.growthbus.shared.message;

import java.util.Map;

/**
 * The values of meters in the periods that are now, all of one moment.
 *
 * @param values exact decimal numbers by key; a meter that does not exist, or that is of users
 *     where no user was named, or of accounts where no account was, is absent
 */
public record MeterUsages(Map<String, String> values) {}
