package io.growthbus.edge;

import java.util.List;

/** A body in which fields are wrong, with each of them named; answered with 400. */
final class InvalidFields extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Wrong> fields;

  /**
   * A field that is wrong.
   *
   * @param pointer JSON pointer into the body, harmless to show
   * @param detail what to send instead, in words that follow the name of the field
   */
  record Wrong(String pointer, String detail) {}

  /**
   * @param fields at least one
   */
  InvalidFields(List<Wrong> fields) {
    super("fields are wrong", null, false, false);
    this.fields = List.copyOf(fields);
  }

  List<Wrong> fields() {
    return fields;
  }

  /** All of them in words. */
  String text() {
    return String.join(
        " ", fields.stream().map(wrong -> wrong.pointer() + " " + wrong.detail() + ".").toList());
  }
}
