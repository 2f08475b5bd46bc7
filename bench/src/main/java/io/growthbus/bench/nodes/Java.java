package io.growthbus.bench.nodes;

import java.nio.file.Path;

/** The Java that runs this process. */
public final class Java {
  /** Its command. */
  public static final String COMMAND =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private Java() {}

  /** A command of the JDK, such as {@code jcmd}. */
  public static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }
}
