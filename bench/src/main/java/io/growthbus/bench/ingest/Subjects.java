package io.growthbus.bench.ingest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Names of what is measured side by side. */
final class Subjects {
  /** One stream of {@code COPY} into tables with the product's columns and indexes. */
  static final String COPY = "copy";

  /** The same rows into six columns and one index. */
  static final String COPY_BARE = "copy_bare";

  /** The product's statement without HTTP. */
  static final String STATEMENT = "statement";

  /** The product over HTTP, random ids. */
  static final String PRODUCT = "http";

  /** The product over HTTP, ids of version 7. */
  static final String PRODUCT_V7 = "http_uuid7";

  static final String EXPRESS = "express";
  static final String FASTIFY = "fastify";

  private static final List<String> ALL =
      List.of(COPY, PRODUCT, EXPRESS, STATEMENT, COPY_BARE, FASTIFY, PRODUCT_V7);

  private Subjects() {}

  /** The order of a round: each of them begins once before any begins again. */
  static List<String> inRound(int round) {
    List<String> order = new ArrayList<>(ALL);
    Collections.rotate(order, -round);
    return order;
  }
}
