package io.growthbus.shared.flags;

/**
 * How a condition compares an attribute with its values. Texts are compared literally. An attribute
 * of another type than the operator is for does not match; of a list, one element must.
 */
public enum Operator {
  /** Is one of the values: texts, numbers, booleans. */
  IN,
  /** Is there and none of the values. */
  NOT_IN,
  STARTS_WITH,
  ENDS_WITH,
  /** A text that holds one of the values. */
  CONTAINS,
  /** A number, compared as a double with the one value. */
  LT,
  LTE,
  GT,
  GTE,
  /** A version in the order of semver.org, compared with the one value. */
  SEMVER_EQ,
  SEMVER_LT,
  SEMVER_LTE,
  SEMVER_GT,
  SEMVER_GTE,
  /** A moment: ISO 8601 with an offset, a day (its beginning in UTC), or ms since the epoch. */
  BEFORE,
  /** A moment at or after the one value. */
  AFTER,
  /** Is there and not null; takes no values. */
  EXISTS,
  /** Is absent or null; takes no values. */
  NOT_EXISTS
}
