package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyReaderTest {

  static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void refused(byte[] body, int most, ErrorKind kind, String code) {
    assertThatExceptionOfType(RoomException.class)
        .isThrownBy(() -> BodyReader.inflate(Buffer.buffer(body), most))
        .satisfies(refusal -> assertThat(refusal.kind()).isEqualTo(kind))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"batch\":[]}", "\u001f", "\u001f{"})
  void what_does_not_begin_like_gzip_is_taken_as_it_is(String text) {
    assertThat(BodyReader.inflate(Buffer.buffer(utf8(text)), 100)).isEqualTo(utf8(text));
  }

  @Test
  void what_begins_like_gzip_is_decompressed() {
    byte[] plain = utf8("{\"batch\":[]}");
    assertThat(BodyReader.inflate(Buffer.buffer(gzip(plain)), 100)).isEqualTo(plain);
    assertThat(BodyReader.inflate(Buffer.buffer(gzip(new byte[0])), 100)).isEmpty();
  }

  @Test
  void the_limit_counts_decompressed_bytes() {
    byte[] plain = new byte[1_000];
    assertThat(BodyReader.inflate(Buffer.buffer(gzip(plain)), 1_000)).hasSize(1_000);
    refused(gzip(plain), 999, ErrorKind.TOO_LARGE, "body_too_large");
  }

  @Test
  void a_bomb_is_refused_after_the_limit_and_not_after_its_end() {
    // Several members are one stream: 200 of them are 200 MB, of which nothing may be kept.
    byte[] member = gzip(new byte[1_000_000]);
    Buffer bomb = Buffer.buffer();
    for (int i = 0; i < 200; i++) {
      bomb.appendBytes(member);
    }
    refused(bomb.getBytes(), 64 * 1024, ErrorKind.TOO_LARGE, "body_too_large");
  }

  @Test
  void only_one_layer_is_decompressed() {
    byte[] once = gzip(utf8("{}"));
    assertThat(BodyReader.inflate(Buffer.buffer(gzip(once)), 1_000)).isEqualTo(once);
  }

  @Test
  void broken_gzip_cannot_be_decoded() {
    byte[] whole = gzip(utf8("{\"batch\":[]}"));
    refused(new byte[] {0x1f, (byte) 0x8b}, 100, ErrorKind.UNSUPPORTED, "invalid_encoding");
    refused(Arrays.copyOf(whole, whole.length - 9), 100, ErrorKind.UNSUPPORTED, "invalid_encoding");
    byte[] bent = whole.clone();
    bent[bent.length - 6] ^= 1;
    refused(bent, 100, ErrorKind.UNSUPPORTED, "invalid_encoding");
  }
}
