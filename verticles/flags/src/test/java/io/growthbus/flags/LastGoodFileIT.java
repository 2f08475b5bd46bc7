package io.growthbus.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.FlagSnapshot;
import io.growthbus.shared.testing.Await;
import io.growthbus.shared.testing.CapturedLog;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastGoodFileIT {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() {
    Await.result(vertx.close());
  }

  private LastGoodPlace place() {
    return new LastGoodPlace(folder.resolve("data/flags.json"), "db");
  }

  private LastGoodFile file() {
    return new LastGoodFile(vertx, place(), InstantSource.fixed(NOW));
  }

  private static FlagSnapshot snapshot(long revision) {
    return new FlagSnapshot(
        revision, List.of(new FlagDefinition("a", true, revision, List.of(), Surface.CLIENT)));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("data"))) {
      return all.toList();
    }
  }

  @Test
  void only_the_owner_may_read_it_and_nothing_is_left_beside_it() throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Path abandoned = Files.createFile(folder.resolve("data/flags.json.17.new"));
    Files.setLastModifiedTime(abandoned, FileTime.from(Instant.EPOCH));
    LastGoodFile file = file();
    file.remember(snapshot(1));

    assertThat(Await.result(file.flush())).isTrue();

    assertThat(files()).containsExactly(place().file());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place().file())))
        .isEqualTo("rw-------");
    assertThat(Await.result(file.read()).orElseThrow().savedAt()).isEqualTo(NOW);
  }

  @Test
  void a_file_of_an_earlier_process_that_may_name_who_was_erased_goes() {
    LastGoodFile earlier = file();
    earlier.remember(snapshot(1));
    Await.result(earlier.flush());

    Await.result(file().flushOrRemove());
    assertThat(place().isThere()).isFalse();

    Await.result(file().flushOrRemove());
    Await.result(earlier.flushOrRemove());
  }

  @Test
  void of_several_revisions_the_last_one_is_written_soon_and_without_being_asked() {
    LastGoodFile file = file();
    for (int revision = 1; revision <= 20; revision++) {
      file.remember(snapshot(revision));
    }

    Await.until("it is written", Duration.ofSeconds(10), () -> place().isThere());
    assertThat(LastGoodFile.read(place()).orElseThrow().snapshot().revision()).isEqualTo(20);
  }

  @Test
  void a_file_that_cannot_be_written_is_a_warning_and_no_failure() throws IOException {
    Files.writeString(folder.resolve("data"), "a file where the folder should be");
    LastGoodFile file = file();
    file.remember(snapshot(1));

    try (CapturedLog log = CapturedLog.of(LastGoodFile.class)) {
      assertThat(Await.result(file.flush())).isFalse();
      assertThat(log.entries()).singleElement().asString().contains("cannot be written");
    }
  }

  @Test
  void a_file_that_is_no_good_is_one_clear_line_in_the_log() throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Files.write(place().file(), new byte[] {(byte) 0xff, (byte) 0xfe, 10});

    try (CapturedLog log = CapturedLog.of(LastGoodFile.class)) {
      assertThat(LastGoodFile.read(place())).isEmpty();
      assertThat(log.entries()).singleElement().asString().contains("are ignored");
    }
  }

  @Test
  void no_file_is_nothing_to_speak_of() {
    try (CapturedLog log = CapturedLog.of(LastGoodFile.class)) {
      assertThat(Await.result(file().read())).isEmpty();
      assertThat(log.entries()).isEmpty();
    }
  }
}
