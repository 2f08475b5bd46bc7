package io.growthbus.ingest.store;

/** The meters have another revision than the one that was given; nothing was stored. */
public final class MetersOutdated extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MetersOutdated() {
    super("the meters have another revision", null, false, false);
  }
}
