package io.growthbus.bench.ingest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Reads one HTTP answer at a time from the bytes of a connection: its status and how many events it
 * accepts. Understands what the three servers send: a body with a length.
 */
public final class AnswerReader {
  private static final byte[] ACCEPTED = "\"accepted\":".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int UNKNOWN = -1;
  private static final int LARGEST = 64 * 1024;
  private static final int STATUS_AT = "HTTP/1.1 ".length();

  private byte[] bytes = new byte[4_096];
  private int length;
  private int end = UNKNOWN;
  private int bodyAt;

  /**
   * Takes what has arrived.
   *
   * @return whether the answer is complete
   * @throws IllegalStateException when it is no answer that this understands
   */
  public boolean read(ByteBuffer arrived) {
    int more = arrived.remaining();
    if (length + more > LARGEST) {
      throw new IllegalStateException("an answer of more than 64 KiB");
    }
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * (length + more));
    }
    arrived.get(bytes, length, more);
    length += more;
    if (end == UNKNOWN) {
      int headEnd = find(END_OF_HEAD, 0);
      if (headEnd < 0) {
        return false;
      }
      bodyAt = headEnd + END_OF_HEAD.length;
      end = bodyAt + contentLength(headEnd);
    }
    return length >= end;
  }

  public int status() {
    return number(STATUS_AT);
  }

  /** Events that the answer says were stored; 0 when it says nothing. */
  int accepted() {
    int at = find(ACCEPTED, bodyAt);
    return at < 0 ? 0 : number(at + ACCEPTED.length);
  }

  /** What the server said, for a report. */
  public String text() {
    return new String(bytes, 0, Math.min(length, 600), StandardCharsets.UTF_8);
  }

  /** The body of the answer. */
  public String body() {
    return new String(bytes, bodyAt, end - bodyAt, StandardCharsets.UTF_8);
  }

  /** Makes ready for the next answer. */
  public void reset() {
    length = 0;
    end = UNKNOWN;
  }

  private int contentLength(int headEnd) {
    String head = new String(bytes, 0, headEnd, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    int at = head.indexOf("\r\ncontent-length:");
    if (at < 0) {
      throw new IllegalStateException("an answer without Content-Length: " + text());
    }
    int from = at + "\r\ncontent-length:".length();
    while (bytes[from] == ' ') {
      from++;
    }
    return number(from);
  }

  private int number(int from) {
    int value = 0;
    for (int i = from; i < length && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
      value = 10 * value + bytes[i] - '0';
    }
    return value;
  }

  private int find(byte[] wanted, int from) {
    for (int i = from; i <= length - wanted.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    return UNKNOWN;
  }
}
