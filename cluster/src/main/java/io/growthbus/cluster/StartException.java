package io.growthbus.cluster;

import java.util.List;

/** A start that is refused, with what an operator has to do about it; no stack trace is shown. */
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final transient List<String> lines;

  private StartException(int exitCode, List<String> lines) {
    super(String.join("\n", lines), null, false, false);
    this.exitCode = exitCode;
    this.lines = lines;
  }

  /** Exit code 2: the configuration is wrong; all problems at once. */
  static StartException configuration(List<String> problems) {
    return new StartException(ExitCodes.BAD_CONFIGURATION, problems);
  }

  /** Exit code 3: the configuration is right, but the node cannot start on this machine now. */
  static StartException environment(String problem) {
    return new StartException(ExitCodes.CANNOT_START, List.of(problem));
  }

  int exitCode() {
    return exitCode;
  }

  List<String> lines() {
    return lines;
  }
}
