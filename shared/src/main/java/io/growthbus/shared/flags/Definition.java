package io.growthbus.shared.flags;

/** What flags are defined by: a flag, or what several of them share. */
public sealed interface Definition permits FlagDefinition, Targeting.Segment, Targeting.Holdout {

  /** What is defined. */
  enum Kind {
    FLAG,
    SEGMENT,
    HOLDOUT
  }

  /** 1 to 128 characters from {@code [A-Za-z0-9._-]}, each once per kind. */
  String key();

  /** What this defines. */
  default Kind kind() {
    if (this instanceof FlagDefinition) {
      return Kind.FLAG;
    }
    return this instanceof Targeting.Segment ? Kind.SEGMENT : Kind.HOLDOUT;
  }
}
