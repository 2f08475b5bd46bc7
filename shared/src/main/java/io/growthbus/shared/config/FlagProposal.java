package io.growthbus.shared.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.growthbus.shared.flags.FlagCheck;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.flags.Targeting.Holdout;
import io.growthbus.shared.flags.Targeting.Segment;
import io.growthbus.shared.settings.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The flags as they would be with one definition put in the place of another, or added. It is read
 * and checked as {@code growth.json} is.
 *
 * @param definition the one that is proposed
 * @param flags all flags, that one among them
 */
public record FlagProposal(FlagDefinition definition, Flags flags) {
  private static final String KEY = "key";

  /**
   * Reads a definition.
   *
   * @param text a JSON object in the form of {@code growth.json}
   * @param key key of the flag, which a {@code key} in the text must equal
   * @param now the flags as they are
   * @param known tiers, limits and meters that it may look at
   * @param pointer JSON pointer of the definition, which stands before that of each problem
   * @param problems gets every error; empty is returned when there is one
   */
  public static Optional<FlagProposal> read(
      String text,
      String key,
      Flags now,
      FactReferences.Known known,
      String pointer,
      Problems problems) {
    JsonNode document;
    try {
      document = JsonText.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      problems.error(pointer, "is not JSON");
      return Optional.empty();
    }
    if (!(document instanceof ObjectNode object)) {
      problems.error(pointer, "must be a JSON object");
      return Optional.empty();
    }
    if (!object.has(KEY)) {
      object.put(KEY, key);
    }
    JsonCursor at = new JsonCursor("", object, pointer, problems);
    FlagDefinition definition = FlagReader.flag(at, "client");
    at.checkUnknown();
    if (!definition.key().equals(key)) {
      at.error(KEY, "must be the key in the path");
    }
    if (!problems.isEmpty()) {
      return Optional.empty();
    }
    FlagProposal proposal = new FlagProposal(definition, with(now, definition));
    proposal.check(known, pointer, problems);
    return problems.isEmpty() ? Optional.of(proposal) : Optional.empty();
  }

  private static Flags with(Flags now, FlagDefinition definition) {
    List<FlagDefinition> definitions = new ArrayList<>();
    now.definitions().stream()
        .filter(flag -> !flag.key().equals(definition.key()))
        .forEach(definitions::add);
    definitions.add(definition);
    return new Flags(definitions, now.segments(), now.holdouts());
  }

  private void check(FactReferences.Known known, String pointer, Problems problems) {
    Map<String, FlagDefinition> byKey = new LinkedHashMap<>();
    flags.definitions().forEach(flag -> byKey.put(flag.key(), flag));
    List<String> segments = flags.segments().stream().map(Segment::key).toList();
    List<String> holdouts = flags.holdouts().stream().map(Holdout::key).toList();
    FlagCheck.check(definition, byKey, segments, holdouts)
        .forEach(problem -> problems.error(pointer + problem.pointer(), problem.what()));
    FactReferences.check(definition, known)
        .forEach(problem -> problems.error(pointer + problem.pointer(), problem.what()));
    for (FlagDefinition other : flags.definitions()) {
      boolean needs =
          other.rules().prerequisites().stream()
              .anyMatch(needed -> needed.flag().equals(definition.key()));
      if (needs
          && !other.equals(definition)
          && FlagCheck.check(other, byKey, segments, holdouts).stream()
              .anyMatch(problem -> problem.pointer().startsWith("/prerequisites/"))) {
        problems.error(
            pointer + "/variants",
            "lacks a variant that must come first for \"" + other.key() + "\"");
      }
    }
  }
}
