package io.growthbus.flags;

import io.growthbus.shared.config.FlagDocument;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * The text of a last-good file: a line that says what it is, since which revision each flag is as
 * it is, and the SHA-256 of that and of the rest, and the flags as {@code growth.json} says them.
 * Whatever is cut off or changed in between is noticed.
 */
final class LastGoodFormat {
  /** Grows when an earlier node could not read the file. */
  static final int FORMAT = 1;

  private static final String OWN = "flag_revisions";
  private static final String OWN_SUM = "flag_revisions_sha256";

  private LastGoodFormat() {}

  /**
   * What a file says.
   *
   * @param savedAt when it was written, by the clock of the node
   */
  record LastGood(FlagSnapshot snapshot, Instant savedAt) {}

  /** The text for a snapshot. */
  static String text(FlagSnapshot snapshot, String database, Instant now) {
    String flags = FlagDocument.text(snapshot.flags());
    JsonObject own = new JsonObject(new TreeMap<>(snapshot.flagRevisions()));
    return new JsonObject()
            .put("format", FORMAT)
            .put("database", database)
            .put("revision", snapshot.revision())
            .put("saved_at", now.toString())
            .put("sha256", sha256(flags))
            .put(OWN, own)
            .put(OWN_SUM, sha256(own.encode()))
            .encode()
        + '\n'
        + flags
        + '\n';
  }

  /**
   * Reads a text.
   *
   * @param database of which database it has to be
   * @throws IllegalArgumentException with what is wrong, in words that quote nothing of the file
   */
  static LastGood read(String text, String database) {
    int end = text.indexOf('\n');
    if (end < 0 || end == text.length() - 1 || !text.endsWith("\n")) {
      throw new IllegalArgumentException("it is cut off");
    }
    try {
      JsonObject header = new JsonObject(text.substring(0, end));
      String flags = text.substring(end + 1, text.length() - 1);
      if (!Integer.valueOf(FORMAT).equals(header.getInteger("format"))) {
        throw new IllegalArgumentException("it has another format than this version reads");
      }
      if (!database.equals(header.getString("database"))) {
        throw new IllegalArgumentException("it is of another database");
      }
      if (!sha256(flags).equals(header.getString("sha256"))) {
        throw new IllegalArgumentException("it is damaged");
      }
      return new LastGood(
          new FlagSnapshot(header.getLong("revision"), flags(flags), flagRevisions(header)),
          Instant.parse(header.getString("saved_at")));
    } catch (DecodeException
        | ClassCastException
        | NullPointerException
        | DateTimeException
        | IllegalStateException e) {
      throw new IllegalArgumentException("it is damaged", e);
    }
  }

  /** Since which revision each flag is as it is; none when the file does not say. */
  private static Map<String, Long> flagRevisions(JsonObject header) {
    if (!header.containsKey(OWN)) {
      return Map.of();
    }
    JsonObject own = header.getJsonObject(OWN);
    if (!sha256(own.encode()).equals(header.getString(OWN_SUM))) {
      throw new IllegalArgumentException("it is damaged");
    }
    Map<String, Long> revisions = new HashMap<>();
    own.fieldNames().forEach(key -> revisions.put(key, own.getLong(key)));
    return revisions;
  }

  private static Flags flags(String document) {
    Problems problems = new Problems();
    Flags flags = FlagDocument.read(document, "flags", problems);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException("it holds flags that this version cannot read");
    }
    return flags;
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
