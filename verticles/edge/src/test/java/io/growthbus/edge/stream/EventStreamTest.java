package io.growthbus.edge.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  private final TestSink sink = new TestSink();
  private final EventStream stream = new EventStream(sink, "127.0.0.1", null);

  private static final class TestSink implements Sink {
    final List<String> written = new ArrayList<>();
    boolean full;
    String end = "";

    @Override
    public boolean isFull() {
      return full;
    }

    @Override
    public void write(String text) {
      written.add(text);
    }

    @Override
    public void end() {
      end += "ended";
    }

    @Override
    public void cut() {
      end += "cut";
    }
  }

  @Test
  void it_begins_with_the_pause_before_a_return_and_the_revision_that_is_known() {
    stream.begin(7, 1_500, 21_000);

    assertThat(sink.written).containsExactly("retry: 1500\nid: 7\n\n");
    assertThat(stream.toldRevision()).isEqualTo(7);
  }

  @Test
  void an_announcement_is_the_event_of_the_protocol() {
    stream.begin(7, 1_500, 21_000);
    stream.announce(8, 1_795_521_600);

    assertThat(sink.written.get(1))
        .isEqualTo(
            "id: 8\nevent: message\n"
                + "data: {\"type\":\"refetchEvaluation\",\"etag\":\"\\\"8\\\"\",\"lastModified\":1795521600}"
                + "\n\n");
    assertThat(stream.toldRevision()).isEqualTo(8);
  }

  @Test
  void one_announcement_waits_at_most() {
    stream.begin(7, 1_500, 21_000);

    assertThat(stream.startWaiting()).isTrue();
    assertThat(stream.startWaiting()).isFalse();
    stream.announce(9, 1);
    assertThat(stream.startWaiting()).isTrue();
  }

  @Test
  void what_happens_before_it_begins_waits_for_its_beginning() {
    assertThat(stream.startWaiting()).isFalse();
    stream.announce(8, 1);
    stream.keepAlive(1, 10);

    assertThat(sink.written).isEmpty();
  }

  @Test
  void a_sign_of_life_comes_when_it_is_due_and_not_before() {
    stream.begin(7, 1_500, 21_000);
    stream.keepAlive(20_999, 20_000);
    assertThat(sink.written).hasSize(1);

    stream.keepAlive(21_000, 20_000);
    assertThat(sink.written).hasSize(2).last().asString().startsWith(":").endsWith("\n\n");
    stream.keepAlive(40_999, 20_000);
    assertThat(sink.written).hasSize(2);
  }

  @Test
  void a_reader_that_does_not_read_is_cut_once_and_written_to_no_more() {
    stream.begin(7, 1_500, 21_000);
    sink.full = true;
    stream.announce(8, 1);
    sink.full = false;
    stream.announce(9, 1);
    stream.end();

    assertThat(stream.isClosed()).isTrue();
    assertThat(sink.end).isEqualTo("cut");
    assertThat(sink.written).hasSize(1);
  }

  @Test
  void an_end_is_an_end_for_both_sides() {
    stream.begin(7, 1_500, 21_000);
    stream.end();
    stream.end();
    stream.announce(8, 1);

    assertThat(sink.end).isEqualTo("ended");
    assertThat(sink.written).hasSize(1);
    assertThat(stream.startWaiting()).isFalse();
  }
}
