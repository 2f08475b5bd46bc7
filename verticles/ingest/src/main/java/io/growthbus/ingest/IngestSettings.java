package io.growthbus.ingest;

import io.growthbus.shared.erasure.Suppression;
import io.growthbus.shared.postgres.PostgresSettings;
import io.growthbus.shared.settings.Settings;
import java.time.Duration;

/**
 * Settings of ingest.
 *
 * @param writers connections that commit, 1 to 16
 * @param groupEvents events per commit, 1 to 5,000
 * @param queueEvents events that may wait; more are refused at once
 * @param queueBytes bytes of events that may wait; more are refused at once
 * @param deadline longest wait for the commit before the sender is told to repeat; shorter than the
 *     time that edge waits for this room
 * @param retention how long events are kept; zero = for ever
 * @param allowWeakDurability true: a PostgreSQL that may lose commits does not turn readiness red
 * @param tokensNameAccounts whether a user's token is enough to say which account is the user's
 * @param quarantine what is kept of refused events
 */
public record IngestSettings(
    int writers,
    int groupEvents,
    int queueEvents,
    int queueBytes,
    Duration deadline,
    Duration retention,
    boolean allowWeakDurability,
    boolean tokensNameAccounts,
    QuarantineSettings quarantine) {

  /** With a quarantine as by default. */
  IngestSettings(
      int writers,
      int groupEvents,
      int queueEvents,
      int queueBytes,
      Duration deadline,
      Duration retention,
      boolean allowWeakDurability) {
    this(
        writers,
        groupEvents,
        queueEvents,
        queueBytes,
        deadline,
        retention,
        allowWeakDurability,
        false,
        QuarantineSettings.DEFAULTS);
  }

  public static IngestSettings from(Settings settings) {
    return new IngestSettings(
        settings.integer("ingest.writers", "Connections that commit events", 2, 1, 16),
        settings.integer("ingest.group.events", "Events per commit", 1_000, 1, 5_000),
        settings.integer("ingest.queue.events", "Events that may wait", 20_000, 500, 1_000_000),
        settings.size(
            "ingest.queue.bytes", "Bytes of events that may wait", "32MiB", "1MiB", "1GiB"),
        settings.duration("ingest.deadline", "Longest wait for a commit", "5s", "100ms", "5s"),
        settings.duration(
            "ingest.retention", "How long events are kept; 0d = for ever", "400d", "0d", "36500d"),
        settings.flag(
            "ingest.durability.weak.allow",
            "Accept a PostgreSQL that may lose commits in a crash",
            false),
        settings.flag(
            "ingest.account.tokens.allow",
            "Let a page with a user's token make its user a member of any account",
            false),
        QuarantineSettings.from(settings));
  }

  /**
   * How long a node may go on storing what it took before it learned that a user is kept out: until
   * it looks, then the longest wait in the queue, then as many attempts of the commit as there may
   * be.
   */
  Duration settle(PostgresSettings postgres) {
    Duration attempt = postgres.connectTimeout().plus(postgres.statementTimeout());
    return Suppression.POLL.plus(deadline).plus(attempt.multipliedBy(SteadyWrite.ATTEMPTS));
  }
}
