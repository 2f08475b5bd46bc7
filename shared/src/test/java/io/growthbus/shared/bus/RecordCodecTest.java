package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.message.EntitlementChanged;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
  private static final EntitlementChanged MESSAGE = new EntitlementChanged("u1", 7);

  private final RecordCodec codec = new RecordCodec();

  private Buffer wire(Object message) {
    Buffer wire = Buffer.buffer("head");
    codec.encodeToWire(wire, message);
    return wire;
  }

  @Test
  void a_message_is_read_at_its_place_between_other_bytes() {
    Object received = codec.decodeFromWire(4, wire(MESSAGE).appendString("tail"));

    assertThat(received)
        .isInstanceOfSatisfying(
            RecordCodec.Encoded.class,
            encoded ->
                assertThat(Wire.decode(encoded.json(), EntitlementChanged.class))
                    .isEqualTo(MESSAGE));
  }

  @Test
  void the_wire_carries_no_name_of_a_class() {
    assertThat(wire(MESSAGE).toString()).doesNotContain("growthbus").doesNotContain("Changed");
  }

  @Test
  void what_came_from_the_wire_goes_on_as_the_same_bytes() {
    Object received = codec.decodeFromWire(4, wire(MESSAGE));

    assertThat(wire(received)).isEqualTo(wire(MESSAGE));
  }

  @Test
  void on_the_same_node_the_record_itself_is_passed() {
    assertThat(codec.transform(MESSAGE)).isSameAs(MESSAGE);
  }

  @Test
  void the_name_that_all_nodes_know_the_codec_by_never_changes() {
    assertThat(codec.name()).isEqualTo("growthbus");
    assertThat(codec.systemCodecID()).isEqualTo((byte) -1);
  }
}
