package io.growthbus.ingest.core;

import io.growthbus.ingest.core.IdentityClaim.IllegalId;
import io.growthbus.ingest.core.IdentityClaim.Join;
import io.growthbus.ingest.core.privacy.Marker;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which events join an anonymous id to a user: {@code $identify} with both ids, and {@code
 * $alias} with the previous id, and of these only those whose user is proven.
 */
public final class IdentityRules {
  /** Name of the event by which a user becomes known. */
  public static final String IDENTIFY = "$identify";

  /** Name of the event by which a previous id becomes that of a user. */
  public static final String ALIAS = "$alias";

  /** Property of {@link #ALIAS} that holds the other id. */
  public static final String PREVIOUS_ID = "previousId";

  /** Ids that broken or unfinished senders give to everybody; in lower case, without quotes. */
  private static final Set<String> ILLEGAL =
      Set.of(
          "",
          "0",
          "anonymous",
          "distinct_id",
          "distinctid",
          "email",
          "false",
          "guest",
          "id",
          "nan",
          "none",
          "not_authenticated",
          "null",
          "[object object]",
          "true",
          "undefined");

  private IdentityRules() {}

  /**
   * What an event claims; empty when it claims nothing.
   *
   * @param previousId what {@link #PREVIOUS_ID} says, or null
   * @param verified whether its user is proven
   */
  public static Optional<IdentityClaim> claim(
      TelemetryEvent event, @Nullable String previousId, boolean verified) {
    boolean alias = event.name().equals(ALIAS);
    if (!alias && !event.name().equals(IDENTIFY)) {
      return Optional.empty();
    }
    String other = alias && previousId != null ? previousId : event.anonymousId();
    String pointer = alias && previousId != null ? "/properties/" + PREVIOUS_ID : "/anonymous_id";
    String user = event.userId();
    if (user != null && isIllegal(user)) {
      return Optional.of(new IllegalId("/user_id"));
    }
    if (other != null && isIllegal(other)) {
      return Optional.of(new IllegalId(pointer));
    }
    if (!verified || user == null || other == null) {
      return Optional.empty();
    }
    // What was scrubbed is the id of nobody.
    boolean joins = !user.equals(other) && other.length() <= Limits.ID && !Marker.isIn(other);
    return joins ? Optional.of(new Join(other, user, pointer)) : Optional.empty();
  }

  /** Whether an id stands for nobody in particular. */
  public static boolean isIllegal(String id) {
    String bare = id.strip().toLowerCase(Locale.ROOT);
    if (bare.length() >= 2
        && (bare.charAt(0) == '"' || bare.charAt(0) == '\'')
        && bare.charAt(bare.length() - 1) == bare.charAt(0)) {
      bare = bare.substring(1, bare.length() - 1).strip();
    }
    return ILLEGAL.contains(bare);
  }
}
