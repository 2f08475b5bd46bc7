package io.growthbus.shared.flags;

import io.growthbus.shared.domain.NameBasedId;
import java.util.Set;
import java.util.UUID;

/**
 * That a user was given a variant of a flag: an event named {@value #EVENT}, stored once per user,
 * flag, revision of the flag and variant.
 *
 * <p>It is stored once because everyone who records it, servers and pages alike, gives it the same
 * id: the UUID of version 5 (RFC 9562, 5.5) in the namespace {@link #NAMESPACE} of the UTF-8 bytes
 * of
 *
 * <pre>FLAG ":" REVISION ":" LENGTH ":" VARIANT ":" USER</pre>
 *
 * where REVISION is the flag's own in decimal digits and LENGTH the number of UTF-16 units of
 * VARIANT, so that no two of them share a name. Ids are known for 35 days; what repeats later is
 * stored again.
 */
public final class Exposure {
  /** Name of the event. */
  public static final String EVENT = "$exposure";

  /** Property: key of the flag. */
  public static final String FLAG = "flag";

  /** Property: name of the variant. */
  public static final String VARIANT = "variant";

  /** Property: revision since which the flag's own definition is as it is. */
  public static final String REVISION = "revision";

  /** Property: why, a name of {@link FlagDecision.Reason}. */
  public static final String REASON = "reason";

  /** Property: key of the rule, prerequisite or holdout that decided; absent when none did. */
  public static final String RULE = "rule";

  /** All of them. */
  public static final Set<String> PROPERTIES = Set.of(FLAG, VARIANT, REVISION, REASON, RULE);

  /** Namespace of the ids. */
  public static final UUID NAMESPACE = UUID.fromString("5f1c8f3e-6a0b-5d57-9b1e-3c4a7d2e8f60");

  private Exposure() {}

  /**
   * The id of an exposure.
   *
   * @param flag key of the flag, 1 to 128 characters from {@code [A-Za-z0-9._-]}
   * @param flagRevision the flag's own revision, 0 or more
   */
  public static UUID id(String userId, String flag, long flagRevision, String variant) {
    return NameBasedId.of(
        NAMESPACE,
        flag + ":" + flagRevision + ":" + variant.length() + ":" + variant + ":" + userId);
  }
}
