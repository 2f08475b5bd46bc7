package io.growthbus.shared.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * The one codec of all messages: on the same node the record itself is passed, between nodes its
 * JSON bytes.
 *
 * <p>The wire carries no type name. A receiver knows the type from its channel and decodes there,
 * so a message from another version of the product can never name a class.
 */
final class RecordCodec implements MessageCodec<Object, Object> {
  static final String NAME = "growthbus";

  /** JSON bytes as they came from another node, not yet a record. */
  record Encoded(Buffer json) {}

  @Override
  public void encodeToWire(Buffer buffer, Object message) {
    Buffer json = message instanceof Encoded encoded ? encoded.json() : Wire.encode(message);
    buffer.appendInt(json.length()).appendBuffer(json);
  }

  @Override
  public Object decodeFromWire(int position, Buffer buffer) {
    int length = buffer.getInt(position);
    return new Encoded(buffer.getBuffer(position + 4, position + 4 + length));
  }

  @Override
  public Object transform(Object message) {
    return message;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
