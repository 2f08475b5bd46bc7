package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.GrowthConfigReader;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Definitions in the long form, as each caller gets them. */
class FlagDefinitionsIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final EdgeNode OPEN = new EdgeNode(EdgeNode.OPEN);
  private static final String PATH = "/api/flags/definitions";
  private static final List<String> USERS = List.of("id-ada", "id-bob", "id-cyd", "id-dan");

  private static final Flags FLAGS =
      flags(
          """
          {"flags": {"definitions": [
            {"key": "asked", "enabled": true, "rollout_percentage": 5, "evaluation": "remote", "target_users": ["id-ada"]},
            {"key": "facts", "enabled": true, "rules": [{"key": "free", "if": [{"attribute": "tier", "values": ["free"]}]}]},
            {"key": "hidden", "enabled": true, "evaluation": "server", "target_users": ["id-ada"]},
            {"key": "named", "enabled": true, "rules": [
              {"key": "r", "if": [{"attribute": "user_id", "operator": "not_in", "values": ["id-bob", "id-cyd"]}, {"segment": "vips"}]}]},
            {"key": "needs_hidden", "enabled": true, "prerequisites": [{"flag": "hidden"}]},
            {"key": "plain", "enabled": true, "rollout_percentage": 12.5, "target_users": ["id-ada", "id-bob"]},
            {"key": "rich", "enabled": true, "bucketing": "murmur3", "rollout_percentage": 10, "holdout": "q4",
             "targets": [{"variant": "on", "users": ["id-bob", "id-dan"]}], "target_users": ["id-cyd"],
             "rules": [{"key": "staff", "if": [{"segment": "staff"}]}]}],
           "segments": [
            {"key": "staff", "if": [{"attribute": "domain", "values": ["example.com"]}]},
            {"key": "unused", "if": [{"attribute": "user_id", "values": ["id-dan"]}]},
            {"key": "vips", "if": [{"attribute": "user_id", "values": ["id-ada", "id-dan"]}]}],
           "holdouts": [{"key": "q4", "percentage": 12.5}, {"key": "unused", "percentage": 1}]}}
          """);

  private static Flags flags(String json) {
    Problems problems = new Problems();
    Flags flags = GrowthConfigReader.read(json, problems).flags();
    assertThat(problems.errors()).isEmpty();
    return new FlagSnapshot(1, flags).flags();
  }

  @BeforeEach
  void answer() {
    answer(FLAGS);
  }

  private static void answer(Flags flags) {
    FlagSet set = new FlagSet(9, flags.definitions(), flags.segments(), flags.holdouts());
    for (EdgeNode node : List.of(NODE, OPEN)) {
      node.rooms.reset();
      node.rooms.answer(Channels.READ_FLAG_SET, question -> Future.succeededFuture(set));
    }
  }

  @AfterAll
  static void stop() {
    NODE.close();
    OPEN.close();
  }

  private static Response page(String query) {
    Response response = NODE.get(PATH + query).bearer(EdgeNode.PK).send();
    assertThat(response.status()).isEqualTo(200);
    return response;
  }

  private static List<Object> keys(Response response, String field) {
    return response.json().getJsonArray(field).stream()
        .map(form -> form instanceof JsonObject object ? object.getValue("key") : form)
        .toList();
  }

  @Test
  void short_forms_stand_apart_from_long_ones_and_from_what_the_server_must_be_asked_for() {
    Response ada = page("?user_id=id-ada");

    assertThat(ada.json().getInteger("version")).isEqualTo(9);
    assertThat(ada.json().getJsonArray("flags"))
        .isEqualTo(
            new JsonArray(
                """
                [{"key":"plain","enabled":true,"rollout_percentage":12.5,"target_users":["id-ada"]}]"""));
    assertThat(keys(ada, "targeted")).containsExactly("named", "rich");
    assertThat(keys(ada, "segments")).containsExactly("staff", "vips");
    assertThat(keys(ada, "holdouts")).containsExactly("q4");
    assertThat(keys(ada, "remote")).containsExactly("asked", "facts", "needs_hidden");
  }

  @Test
  void a_long_form_is_the_one_of_the_configuration_narrowed_to_the_user() {
    JsonObject named = page("?user_id=id-cyd").json().getJsonArray("targeted").getJsonObject(0);
    JsonObject rich = page("?user_id=id-cyd").json().getJsonArray("targeted").getJsonObject(1);

    assertThat(named.getJsonArray("rules").getJsonObject(0).getJsonArray("if"))
        .isEqualTo(
            new JsonArray(
                "[{\"attribute\":\"user_id\",\"operator\":\"in\"},{\"segment\":\"vips\"}]"));
    assertThat(rich)
        .isEqualTo(
            new JsonObject(
                """
                {"key":"rich","enabled":true,"rollout_percentage":10,"target_users":["id-cyd"],"bucketing":"murmur3",
                 "on":"on","off":"off","targets":[{"variant":"on","users":[]}],"holdout":"q4",
                 "rules":[{"key":"staff","if":[{"segment":"staff"}],"rollout_percentage":100,"variant":"on"}]}"""));
  }

  @Test
  void no_answer_for_a_page_holds_the_id_of_another_user_or_a_flag_of_the_server() {
    for (String user : USERS) {
      for (Response response :
          List.of(
              page("?user_id=" + user),
              NODE.get(PATH + "?user_id=id-ada").page(user).send(),
              NODE.get(PATH).page(user).send())) {
        String body = response.body().toString();
        assertThat(USERS).filteredOn(body::contains).isSubsetOf(user);
        assertThat(body).doesNotContain("\"hidden\"", "unused", "tier");
      }
    }
    for (String query : List.of("", "?user_id=id-", "?user_id=x")) {
      String body = page(query).body().toString();
      assertThat(USERS).noneMatch(body::contains);
      assertThat(body).doesNotContain("\"hidden\"", "unused", "tier");
    }
  }

  @Test
  void without_a_user_what_depends_on_who_asks_is_remote() {
    assertThat(keys(page(""), "flags")).containsExactly("plain");
    assertThat(keys(page(""), "targeted")).containsExactly("rich");
    assertThat(keys(page(""), "remote")).containsExactly("asked", "facts", "named", "needs_hidden");
  }

  @Test
  void the_secret_key_and_an_open_node_give_everything_in_full() {
    for (Response all : List.of(NODE.get(PATH).bearer(EdgeNode.SK).send(), OPEN.get(PATH).send())) {
      assertThat(keys(all, "flags")).containsExactly("asked", "hidden", "plain");
      assertThat(keys(all, "targeted")).containsExactly("facts", "named", "needs_hidden", "rich");
      assertThat(keys(all, "segments")).containsExactly("staff", "unused", "vips");
      assertThat(keys(all, "holdouts")).containsExactly("q4", "unused");
      assertThat(keys(all, "remote")).containsExactly("facts");
      assertThat(USERS).allMatch(all.body().toString()::contains);
      assertThat(all.json().getJsonArray("flags").getJsonObject(0).getString("evaluation"))
          .isEqualTo("remote");
    }
    String ofAda = NODE.get(PATH + "?user_id=id-ada").bearer(EdgeNode.SK).send().body().toString();
    assertThat(USERS).filteredOn(ofAda::contains).containsExactly("id-ada");
  }

  @Test
  void other_definitions_of_the_same_revision_are_answered_and_have_another_tag() {
    Response before = page("");
    answer(Flags.of(FLAGS.definitions().subList(5, 6)));
    Response after = page("");

    assertThat(keys(after, "targeted")).isEmpty();
    assertThat(keys(after, "flags")).containsExactly("plain");
    assertThat(after.header("ETag")).isNotEqualTo(before.header("ETag"));
    assertThat(after.header("Cache-Control")).isEqualTo("public, max-age=60");
    assertThat(after.header("Vary")).isEqualTo("Origin, Authorization, X-API-Key");
  }
}
