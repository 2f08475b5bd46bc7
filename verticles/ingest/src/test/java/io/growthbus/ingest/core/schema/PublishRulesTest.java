package io.growthbus.ingest.core.schema;

import static io.growthbus.ingest.core.schema.SomeSchemas.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.ingest.core.schema.PublishRules.Decision;
import io.growthbus.ingest.core.schema.PublishRules.Decision.AlreadyThere;
import io.growthbus.ingest.core.schema.PublishRules.Decision.Publish;
import io.growthbus.ingest.core.schema.PublishRules.Decision.Refuse;
import io.growthbus.ingest.core.schema.PublishRules.Version;
import io.growthbus.shared.domain.SemVer;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublishRulesTest {
  private static final String INTEGER = "{'properties':{'n':{'type':'integer'}}}";
  private static final String NUMBER = "{'properties':{'n':{'type':'number'}}}";
  private static final String MORE = "{'properties':{'n':{'type':'integer'},'m':{'type':'null'}}}";
  private static final List<Version> EXISTING =
      List.of(
          published("1.0.0", "{'properties':{'n':{'type':'string'}}}"),
          published("1.2.0", INTEGER),
          published("3.0.0", NUMBER));

  private static Version published(String version, String schema) {
    return new Version(SemVer.parse(version).orElseThrow(), schema(schema), false);
  }

  private static Version ofFile(String version) {
    return new Version(
        SemVer.parse(version).orElseThrow(), ContractSchema.requiring(List.of("n")), true);
  }

  private static Decision decide(List<Version> existing, String version, String schema) {
    return PublishRules.decide(existing, SemVer.parse(version).orElseThrow(), schema(schema));
  }

  private static String code(Decision decision) {
    assertThat(decision).isInstanceOf(Refuse.class);
    return ((Refuse) decision).code();
  }

  @Test
  void the_first_version_of_a_major_is_free() {
    assertThat(decide(List.of(), "1.0.0", INTEGER)).isInstanceOf(Publish.class);
    assertThat(decide(EXISTING, "2.0.0", "{}")).isInstanceOf(Publish.class);
    assertThat(decide(EXISTING, "4.0.0", "{'required':['x']}")).isInstanceOf(Publish.class);
  }

  @Test
  void an_addition_needs_a_patch_and_a_widening_a_minor() {
    assertThat(decide(EXISTING, "1.2.1", MORE)).isInstanceOf(Publish.class);
    assertThat(decide(EXISTING, "1.3.0", MORE)).isInstanceOf(Publish.class);
    assertThat(decide(EXISTING, "1.3.0", NUMBER)).isInstanceOf(Publish.class);
    assertThat(code(decide(EXISTING, "1.2.1", NUMBER))).isEqualTo("incompatible_schema");
  }

  @Test
  void a_breaking_change_inside_a_major_is_refused_with_its_place_and_the_remedy() {
    Decision decision = decide(EXISTING, "1.3.0", "{'properties':{'n':{'type':'null'}}}");

    assertThat(decision)
        .isEqualTo(
            new Refuse(
                "incompatible_schema",
                "/properties/n/type: compared with version 1.2.0 it refuses a type that was"
                    + " accepted; publish it as 2.0.0.",
                "/properties/n/type"));
  }

  @Test
  void the_latest_version_of_the_same_major_is_what_counts() {
    assertThat(code(decide(EXISTING, "1.3.0", "{'properties':{'n':{'type':'string'}}}")))
        .isEqualTo("incompatible_schema");
    assertThat(code(decide(EXISTING, "3.1.0", INTEGER))).isEqualTo("incompatible_schema");
  }

  @Test
  void versions_of_a_major_only_go_up() {
    assertThat(code(decide(EXISTING, "1.1.0", INTEGER))).isEqualTo("version_not_ascending");
    assertThat(code(decide(EXISTING, "1.2.0-rc.1", INTEGER))).isEqualTo("version_not_ascending");
  }

  @Test
  void the_same_again_is_no_change_and_other_content_is_refused() {
    assertThat(decide(EXISTING, "1.2.0", INTEGER)).isInstanceOf(AlreadyThere.class);
    assertThat(decide(EXISTING, "1.0.0", "{'properties':{'n':{'type':'string'}}}"))
        .isInstanceOf(AlreadyThere.class);
    assertThat(code(decide(EXISTING, "1.2.0", MORE))).isEqualTo("version_exists");
  }

  @Test
  void the_contract_of_the_file_makes_way_for_its_own_version_and_guards_the_later_ones() {
    List<Version> file = List.of(ofFile("1.0.0"));

    assertThat(decide(file, "1.0.0", INTEGER)).isInstanceOf(Publish.class);
    assertThat(code(decide(file, "1.1.0", INTEGER))).isEqualTo("incompatible_schema");
    assertThat(decide(file, "2.0.0", INTEGER)).isInstanceOf(Publish.class);
  }
}
