package io.growthbus.cluster;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where a command prints a document, with the option that names a file. */
final class Output {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(names = "--out", paramLabel = "FILE", description = "Writes a file instead.")
  private @Nullable Path out;

  /** Prints a document, or writes it to the file. */
  void print(String text) {
    if (out == null) {
      PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
      printer.print(text);
      printer.flush();
    } else {
      write(out, text);
    }
  }

  /** Whole or not at all: a compiler that watches the file never sees half of it. */
  private static void write(Path file, String text) {
    Path target = file.toAbsolutePath();
    try {
      Path beside =
          Files.createTempFile(target.getParent(), target.getFileName().toString(), ".new");
      try {
        Files.writeString(beside, text);
        Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(beside);
      }
    } catch (IOException e) {
      throw StartException.configuration(
          List.of("The file of --out cannot be written: " + e.getMessage()));
    }
  }
}
