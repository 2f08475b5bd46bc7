package io.growthbus.cluster;

import picocli.CommandLine.IVersionProvider;

/** The version of the product, from the manifest of its jar. */
final class Version implements IVersionProvider {
  /** Version such as {@code 0.1.0}, or {@code development} outside the jar. */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"Growthbus " + text()};
  }
}
