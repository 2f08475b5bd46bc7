package io.growthbus.ingest.core.schema;

import io.growthbus.ingest.core.schema.SchemaEvolution.Finding;
import io.growthbus.ingest.core.schema.SchemaEvolution.Step;
import io.growthbus.shared.domain.SemVer;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a version of a contract may be published beside those that exist.
 *
 * <p>Versions of a major go up and stay compatible: each accepts every event that the one before it
 * accepts. A patch may add optional properties; a minor may also widen types, enums and bounds;
 * anything else needs a new major. What is published never changes. The contract that {@code
 * growth.json} gives for a version makes way for the published one of the same version.
 */
public final class PublishRules {

  /**
   * A version of an event's contract.
   *
   * @param fromFile whether {@code growth.json} gave it
   */
  public record Version(SemVer version, ContractSchema schema, boolean fromFile) {}

  /** The decision. */
  public sealed interface Decision {
    /** It becomes a version. */
    record Publish() implements Decision {}

    /** The same is published already. */
    record AlreadyThere() implements Decision {}

    /**
     * It is refused.
     *
     * @param code stable word in snake case
     * @param message what is wrong and what to do instead
     * @param pointer JSON pointer into the schema to what is wrong, or null when that is no place
     *     in it
     */
    record Refuse(String code, String message, @Nullable String pointer) implements Decision {}
  }

  private PublishRules() {}

  /** The decision on a candidate. */
  public static Decision decide(List<Version> existing, SemVer version, ContractSchema schema) {
    Optional<Version> same =
        existing.stream()
            .filter(v -> !v.fromFile() && v.version().compareTo(version) == 0)
            .findFirst();
    if (same.isPresent()) {
      return Json.equal(same.get().schema().source(), schema.source())
          ? new Decision.AlreadyThere()
          : new Decision.Refuse(
              "version_exists",
              "This version is published with other content, which never changes; raise it.",
              null);
    }
    return existing.stream()
        .filter(v -> v.version().major() == version.major())
        .filter(v -> v.version().compareTo(version) != 0)
        .max(Comparator.comparing(Version::version))
        .map(latest -> follow(latest, version, schema))
        .orElseGet(Decision.Publish::new);
  }

  private static Decision follow(Version latest, SemVer version, ContractSchema schema) {
    if (latest.version().compareTo(version) > 0) {
      return new Decision.Refuse(
          "version_not_ascending",
          "Version "
              + latest.version()
              + " is published; a later one of this major must be higher.",
          null);
    }
    Finding finding = SchemaEvolution.between(latest.schema(), schema);
    boolean patch = latest.version().minor() == version.minor();
    if (finding.step() == Step.BREAKING || (finding.step() == Step.WIDENING && patch)) {
      String remedy =
          finding.step() == Step.BREAKING
              ? "publish it as " + (version.major() + 1) + ".0.0"
              : "publish it as " + version.major() + "." + (version.minor() + 1) + ".0";
      return new Decision.Refuse(
          "incompatible_schema",
          "%s: compared with version %s it %s; %s."
              .formatted(
                  finding.pointer().isEmpty() ? "The schema" : finding.pointer(),
                  latest.version(),
                  finding.reason(),
                  remedy),
          finding.pointer());
    }
    return new Decision.Publish();
  }
}
