package io.growthbus.cluster;

import java.util.List;

/** A start that is refused, with what an operator has to do about it; no stack trace is shown. */
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final boolean databaseDown;
  private final transient List<String> lines;

  private StartException(int exitCode, boolean databaseDown, List<String> lines) {
    super(String.join("\n", lines), null, false, false);
    this.exitCode = exitCode;
    this.databaseDown = databaseDown;
    this.lines = lines;
  }

  /** Exit code 2: the configuration is wrong; all problems at once. */
  static StartException configuration(List<String> problems) {
    return new StartException(ExitCodes.BAD_CONFIGURATION, false, problems);
  }

  /** Exit code 3: the configuration is right, but the node cannot start on this machine now. */
  static StartException environment(String problem) {
    return new StartException(ExitCodes.CANNOT_START, false, List.of(problem));
  }

  /** Exit code 3: the database does not answer, or not yet; the same start may succeed later. */
  static StartException databaseDown(String problem) {
    return new StartException(ExitCodes.CANNOT_START, true, List.of(problem));
  }

  /** Whether nothing is wrong but that the database does not answer. */
  boolean isDatabaseDown() {
    return databaseDown;
  }

  int exitCode() {
    return exitCode;
  }

  List<String> lines() {
    return lines;
  }
}
