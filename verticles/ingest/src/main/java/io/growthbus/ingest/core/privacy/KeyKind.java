package io.growthbus.ingest.core.privacy;

/** What a key says about its value. */
public enum KeyKind {
  /** Nothing. */
  PLAIN,
  /** The value is secret or personal, whatever it looks like. */
  HIDDEN,
  /** As {@link #HIDDEN}, but a number is a count: {@code tokens}, {@code emails}. */
  HIDDEN_TEXT,
  /** The value is a version, in which four numbers with points are no IP address. */
  VERSION
}
