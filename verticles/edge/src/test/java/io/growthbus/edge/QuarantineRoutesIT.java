package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.QuarantineSelector;
import io.growthbus.shared.message.ReplayQuarantine;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuarantineRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.OPEN);
  private static final String PATH = "/api/admin/quarantine";

  @BeforeEach
  void forget() {
    NODE.rooms.reset();
  }

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @Test
  void without_a_selector_the_reasons_are_listed() {
    assertThat(NODE.get(PATH + "?limit=7&cursor=c").send().json().getJsonArray("items")).hasSize(2);
    assertThat(NODE.rooms.onlyAsked(ListQuarantineGroups.class))
        .isEqualTo(new ListQuarantineGroups(7, "c"));
  }

  @Test
  void with_a_selector_the_kept_events_are_listed() {
    NODE.get(PATH + "?event=a&code=b&pointer=/c").send();
    NODE.get(PATH + "?items=true&limit=1000").send();
    assertThat(NODE.rooms.asked(ListQuarantine.class))
        .containsExactly(
            new ListQuarantine(new QuarantineSelector("a", "b", "/c", null), 100, null),
            new ListQuarantine(new QuarantineSelector(null, null, null, null), 1_000, null));
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0,invalid_limit",
    "limit=1001,invalid_limit",
    "items=yes,invalid_parameter",
    "event=%00,invalid_parameter",
    "user_id=u,unknown_parameter",
    "code=a&code=b,repeated_parameter"
  })
  void a_wrong_query_is_refused(String query, String code) {
    assertThat(NODE.get(PATH + "?" + query).send())
        .returns(400, EdgeNode.Response::status)
        .returns(code, EdgeNode.Response::code);
  }

  @Test
  void a_replay_is_ordered_with_its_bounds() {
    NODE.post(PATH + "/replay", "{\"event\":\"a\"}").send();
    NODE.post(
            PATH + "/replay",
            "{\"code\":\"b\",\"pointer\":\"/c\",\"ids\":[1,2],\"limit\":10000,\"after\":5,"
                + "\"dry_run\":true}")
        .send();
    assertThat(NODE.rooms.asked(ReplayQuarantine.class))
        .containsExactly(
            new ReplayQuarantine(
                new QuarantineSelector("a", null, null, null),
                1_000,
                0,
                false,
                NODE.clock.millis()),
            new ReplayQuarantine(
                new QuarantineSelector(null, "b", "/c", List.of(1L, 2L)),
                10_000,
                5,
                true,
                NODE.clock.millis()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|invalid_selector",
        "{\"limit\":5}|invalid_selector",
        "{\"event\":\"a\",\"evnt\":1}|unknown_field",
        "{\"event\":\"a\",\"limit\":10001}|invalid_field",
        "{\"event\":7}|invalid_field",
        "{\"event\":\"\\u0000\"}|invalid_field",
        "{\"ids\":[]}|invalid_field",
        "{\"ids\":[0]}|invalid_field",
        "{\"ids\":[\"1\"]}|invalid_field",
        "{\"event\":\"a\",\"dry_run\":1}|invalid_field",
        "[|invalid_json"
      })
  void a_wrong_order_is_refused(String body, String code) {
    assertThat(NODE.post(PATH + "/replay", body).send())
        .returns(400, EdgeNode.Response::status)
        .returns(code, EdgeNode.Response::code);
    assertThat(NODE.rooms.asked(ReplayQuarantine.class)).isEmpty();
  }
}
