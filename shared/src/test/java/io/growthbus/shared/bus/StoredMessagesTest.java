package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

    assertHolds(today, stored(message).toJsonObject(), message.getClass().getSimpleName());
  }

  /** Asserts that a value says everything that another one says; it may say more in its objects. */
  private static void assertHolds(@Nullable Object value, @Nullable Object known, String where) {
    if (known instanceof JsonObject object && value instanceof JsonObject holder) {
      object.forEach(
          field ->
              assertHolds(
                  holder.getValue(field.getKey()), field.getValue(), where + "/" + field.getKey()));
    } else if (known instanceof JsonArray array
        && value instanceof JsonArray holder
        && array.size() == holder.size()) {
      for (int i = 0; i < array.size(); i++) {
        assertHolds(holder.getValue(i), array.getValue(i), where + "/" + i);
      }
    } else {
      assertThat(value).as(where).isEqualTo(known);
    }
  }
}
