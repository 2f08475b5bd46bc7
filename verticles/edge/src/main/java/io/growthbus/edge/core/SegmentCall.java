package io.growthbus.edge.core;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One call of Segment's API as it was sent: the fields that mean something here, by their name.
 *
 * @param fields no null of JSON is among them; what stands inside of {@code context} is named with
 *     it, such as {@code context.groupId}
 */
public record SegmentCall(Map<String, Value> fields) {

  /** Kinds of calls. */
  public enum CallType {
    TRACK,
    IDENTIFY,
    PAGE,
    SCREEN,
    GROUP,
    ALIAS;

    /** The word in the address, and in {@code type} of a call in a batch. */
    public String word() {
      return switch (this) {
        case TRACK -> "track";
        case IDENTIFY -> "identify";
        case PAGE -> "page";
        case SCREEN -> "screen";
        case GROUP -> "group";
        case ALIAS -> "alias";
      };
    }

    /** The type of this word. */
    static Optional<CallType> of(@Nullable String word) {
      for (CallType type : values()) {
        if (type.word().equals(word)) {
          return Optional.of(type);
        }
      }
      return Optional.empty();
    }
  }

  /** Kinds of values. */
  public enum Kind {
    TEXT,
    NUMBER,
    OBJECT,
    OTHER
  }

  /**
   * A value.
   *
   * @param json valid JSON, as it was sent
   * @param text what a text says, or the digits of a number; empty for the others
   * @param names keys of an object, at its top
   */
  public record Value(Kind kind, String json, String text, List<String> names) {}

  /** The field, unless it is an empty text: senders write that where they know nothing. */
  Optional<Value> field(String name) {
    return Optional.ofNullable(fields.get(name))
        .filter(value -> value.kind() != Kind.TEXT || !value.text().isEmpty());
  }
}
