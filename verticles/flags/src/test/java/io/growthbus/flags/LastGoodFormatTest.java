package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.growthbus.flags.LastGoodFormat.LastGood;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LastGoodFormatTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");
  private static final FlagSnapshot SNAPSHOT =
      new FlagSnapshot(
          7, List.of(new FlagDefinition("a", true, 12.5, List.of("ada", "ü"), Surface.SERVER)));
  private static final String TEXT = LastGoodFormat.text(SNAPSHOT, "db:5432/growth", NOW);

  @Test
  void a_snapshot_comes_back_with_its_revision_and_time() {
    LastGood read = LastGoodFormat.read(TEXT, "db:5432/growth");

    assertThat(read.snapshot().revision()).isEqualTo(7);
    assertThat(read.snapshot().flags()).isEqualTo(SNAPSHOT.flags());
    assertThat(read.savedAt()).isEqualTo(NOW);
  }

  @Test
  void each_flag_keeps_the_revision_since_which_it_is_as_it_is() {
    FlagSnapshot stored = new FlagSnapshot(7, SNAPSHOT.flags(), Map.of("a", 3L));
    String text = LastGoodFormat.text(stored, "db", NOW);

    assertThat(LastGoodFormat.read(text, "db").snapshot().flagRevision("a")).isEqualTo(3);
    assertThatThrownBy(() -> LastGoodFormat.read(text.replace("{\"a\":3}", "{\"a\":4}"), "db"))
        .hasMessage("it is damaged");
  }

  @Test
  void a_file_that_does_not_name_the_revisions_of_its_flags_is_read_as_changed_with_its_own() {
    String text = TEXT.replaceFirst(",\"flag_revisions\":.*?}", "}");
    text = text.replaceFirst("},\"flag_revisions_sha256\":\"\\w+\"}", "}");
    assertThat(text).doesNotContain("flag_revisions");

    assertThat(LastGoodFormat.read(text, "db:5432/growth").snapshot().flagRevision("a"))
        .isEqualTo(7);
  }

  @Test
  void a_file_of_another_database_or_another_version_is_refused() {
    assertThatThrownBy(() -> LastGoodFormat.read(TEXT, "other:5432/growth"))
        .hasMessage("it is of another database");
    assertThatThrownBy(
            () ->
                LastGoodFormat.read(TEXT.replace("\"format\":1", "\"format\":2"), "db:5432/growth"))
        .hasMessage("it has another format than this version reads");
  }

  @Property(tries = 200)
  void a_file_that_is_cut_off_anywhere_is_refused(@ForAll @IntRange(min = 0) int at) {
    String cut = TEXT.substring(0, at % TEXT.length());

    assertThatThrownBy(() -> LastGoodFormat.read(cut, "db:5432/growth"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 500)
  void a_byte_of_the_flags_that_was_changed_is_noticed(
      @ForAll @IntRange(min = 0) int at, @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    int flags = TEXT.indexOf('\n') + 1;
    bytes[flags + at % (bytes.length - flags)] ^= (byte) change;

    assertThatThrownBy(
            () -> LastGoodFormat.read(new String(bytes, StandardCharsets.UTF_8), "db:5432/growth"))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .doesNotContain("ada");
  }
}
