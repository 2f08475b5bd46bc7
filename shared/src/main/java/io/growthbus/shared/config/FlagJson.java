package io.growthbus.shared.config;

import io.growthbus.shared.bus.Wire;
import io.vertx.core.buffer.Buffer;

/** JSON form in which the parts of a flag are stored: that of messages. */
public final class FlagJson {
  private FlagJson() {}

  /** The JSON text of a part. */
  public static String text(Record part) {
    return Wire.encode(part).toString();
  }

  /**
   * A part of a JSON text.
   *
   * @throws IllegalArgumentException when the text is not a JSON form of that type
   */
  public static <T> T read(String json, Class<T> type) {
    return Wire.decode(Buffer.buffer(json), type);
  }
}
