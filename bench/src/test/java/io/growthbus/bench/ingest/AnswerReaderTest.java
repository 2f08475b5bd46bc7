package io.growthbus.bench.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswerReaderTest {
  private static final String BODY = "{\"accepted\":25,\"duplicates\":0}";
  private static final String ANSWER =
      "HTTP/1.1 200 OK\r\nX-Request-Id: 1\r\ncontent-LENGTH: " + BODY.length() + "\r\n\r\n" + BODY;

  private final AnswerReader reader = new AnswerReader();

  @Test
  void an_answer_in_any_pieces_is_the_same_answer() {
    for (int cut = 1; cut < ANSWER.length(); cut++) {
      assertThat(read(ANSWER.substring(0, cut))).isFalse();
      assertThat(read(ANSWER.substring(cut))).isTrue();
      assertThat(reader.status()).isEqualTo(200);
      assertThat(reader.accepted()).isEqualTo(25);
      reader.reset();
    }
  }

  @Test
  void a_refusal_accepts_nothing() {
    assertThat(read("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}")).isTrue();
    assertThat(reader.status()).isEqualTo(503);
    assertThat(reader.accepted()).isZero();
    assertThat(reader.text()).contains("503");
  }

  @Test
  void an_answer_without_a_length_is_not_understood() {
    assertThatThrownBy(() -> read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Content-Length");
  }

  private boolean read(String text) {
    return reader.read(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }
}
