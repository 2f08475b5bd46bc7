package io.growthbus.ingest.core.privacy;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a text, from left to right.
 *
 * <p>Design: the character at hand says which detectors may look: a digit that begins a number, a
 * letter that begins a word, and the few signs of addresses and assignments. A detector reads ahead
 * or back a bounded way, or to a limit that no other call of it crosses again, so that the steps of
 * a pass are linear in the length of the text, whatever it holds. The steps are counted.
 */
final class Scan {
  /** How often a text may be percent-encoded within itself and is still read. */
  private static final int DEEPEST = 3;

  private final char[] text;
  private final int begin;
  private final int end;
  private final KeyNames keys;
  private final boolean version;
  private final int depth;
  private @Nullable NumberGroups groups;
  private @Nullable StringBuilder out;
  private int copied;
  private boolean colons;
  private int noJwtBefore;
  private long steps;

  /**
   * @param version whether the text is a version, in which four numbers with points are no address
   */
  Scan(char[] text, int begin, int end, KeyNames keys, boolean version, int depth) {
    this.text = text;
    this.begin = begin;
    this.end = end;
    this.keys = keys;
    this.version = version;
    this.depth = depth;
    this.copied = begin;
  }

  /** The text without what was found; empty when nothing was found. */
  Optional<String> run() {
    steps += end - begin;
    for (int i = begin; i < end && !colons; i++) {
      colons = text[i] == ':';
    }
    int at = begin;
    while (at < end) {
      at = look(at);
    }
    return out == null
        ? Optional.empty()
        : Optional.of(out.append(text, copied, end - copied).toString());
  }

  private int look(int at) {
    char c = text[at];
    steps++;
    if (Chars.isWord(c)) {
      return word(at, c);
    }
    int found =
        switch (c) {
          case '@' -> Addresses.email(this, at);
          case ':' -> colon(at);
          case '=' -> equalsSign(at);
          case '%' -> depth < DEEPEST ? Encoded.segment(this, at) : at;
          default -> at;
        };
    return Math.max(found, at + 1);
  }

  private int equalsSign(int at) {
    int found = Assignments.after(this, at, at);
    return found == at && depth < DEEPEST ? Encoded.value(this, at) : found;
  }

  private int word(int at, char c) {
    if (at == begin || !Chars.isWord(text[at - 1])) {
      int found = colons ? Ipv6.find(this, at) : at;
      if (found == at) {
        found = Chars.isDigit(c) ? number(at) : letters(at, c);
      }
      if (found > at) {
        return found;
      }
    }
    int next = at + 1;
    while (next < end && Chars.isWord(text[next])) {
      next++;
    }
    steps += next - at;
    return next;
  }

  private int number(int at) {
    if (groups == null) {
      groups = new NumberGroups();
    }
    return groups.find(this, at);
  }

  private int letters(int at, char c) {
    char second = at + 1 < end ? text[at + 1] : 0;
    int found = Tokens.mayBegin(c, second) ? Tokens.find(this, at, c) : at;
    boolean account = found == at && at + 2 < end && Chars.isDigit(text[at + 2]);
    return account ? Ibans.find(this, at) : found;
  }

  private int colon(int at) {
    if (at(at + 1) == '/' && at(at + 2) == '/') {
      return Addresses.userInfo(this, at + 3);
    }
    char before = at(at - 1);
    if (before == '"' || before == '\'') {
      return Assignments.inJson(this, at);
    }
    return at(at + 1) == ':' && !Chars.isWord(before) ? Ipv6.find(this, at) : at;
  }

  /** The character at a place; NUL outside of the text. */
  char at(int place) {
    steps++;
    return place >= begin && place < end ? text[place] : 0;
  }

  /** Whether a word stands at a place, letters compared without their case. */
  boolean matches(int place, String lower) {
    for (int i = 0; i < lower.length(); i++) {
      if (Chars.lower(at(place + i)) != lower.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a text stands at a place. */
  boolean matchesExactly(int place, String exact) {
    for (int i = 0; i < exact.length(); i++) {
      if (at(place + i) != exact.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Puts something in place of a part; answers where the part ends. */
  int replace(int from, int to, String by) {
    if (out == null) {
      out = new StringBuilder(end - begin + by.length());
    }
    int start = Math.max(from, copied);
    out.append(text, copied, start - copied).append(by);
    copied = to;
    return to;
  }

  int replace(int from, int to, Marker marker) {
    return replace(from, to, marker.text());
  }

  /** What a key called like this part of the text may show. */
  KeyKind kind(int from, int to) {
    steps += 16L * (to - from);
    return keys.kind(text, from, to);
  }

  /** A pass over a text that was percent-encoded in this one. */
  Optional<String> inner(char[] decoded, int length) {
    Scan scan = new Scan(decoded, 0, length, keys, version, depth + 1);
    Optional<String> result = scan.run();
    steps += scan.steps;
    return result;
  }

  /** Where the text begins that was not replaced yet. */
  int copied() {
    return copied;
  }

  int end() {
    return end;
  }

  boolean isVersion() {
    return version;
  }

  long steps() {
    return steps;
  }

  /** No token with three parts begins before this place. */
  int noJwtBefore() {
    return noJwtBefore;
  }

  void noJwtBefore(int place) {
    noJwtBefore = place;
  }
}
