package io.growthbus.cluster;

/** Exit codes of every command. */
final class ExitCodes {
  static final int DONE = 0;
  static final int CHECK_FAILED = 1;
  static final int BAD_CONFIGURATION = 2;
  static final int CANNOT_START = 3;

  private ExitCodes() {}
}
