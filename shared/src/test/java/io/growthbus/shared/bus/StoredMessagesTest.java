package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The JSON form of each message as nodes of an earlier version send it, one file per message in
 * {@code golden/messages}. A file is never edited: during a rolling upgrade such bytes arrive.
 */
class StoredMessagesTest {
  static Stream<Record> samples() {
    return SampleMessages.full();
  }

  private static Buffer stored(Record message) throws IOException {
    String name = "/golden/messages/" + message.getClass().getSimpleName() + ".json";
    try (InputStream in = StoredMessagesTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name + " holds the stored form").isNotNull();
      return Buffer.buffer(in.readAllBytes());
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void the_stored_form_of_every_message_is_still_read(Record message) throws IOException {
    assertThat(Wire.decode(stored(message), message.getClass()))
        .usingRecursiveComparison()
        .isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void an_earlier_node_finds_every_field_that_it_knows(Record message) throws IOException {
    JsonObject today = Wire.encode(message).toJsonObject();

    stored(message)
        .toJsonObject()
        .forEach(
            field ->
                assertThat(today.getValue(field.getKey()))
                    .as(field.getKey())
                    .isEqualTo(field.getValue()));
  }
}
