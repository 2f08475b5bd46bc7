package io.growthbus.bench.flags.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes the definitions of the flags as a peer wants them. */
final class Definitions {
  private Definitions() {}

  /** Every flag, the one with the rule included, one after the other with commas between. */
  static String all(IntFunction<String> plain, String ruled) {
    return IntStream.range(0, FlagSystem.FLAGS)
        .mapToObj(i -> key(i).equals(FlagSystem.RULE) ? ruled : plain.apply(i))
        .collect(Collectors.joining(",\n"));
  }

  /** Key of a flag. */
  static String key(int number) {
    return "flag-" + number;
  }

  /** The countries of the rule as elements of a JSON array. */
  static String wanted() {
    return Users.WANTED.stream()
        .map(country -> '"' + country + '"')
        .collect(Collectors.joining(","));
  }

  /** A file for a peer that reads its flags from one; deleted when the process ends. */
  static Path file(String json) {
    try {
      Path file = Files.createTempFile("growthbus-bench-flags", ".json");
      file.toFile().deleteOnExit();
      return Files.writeString(file, json);
    } catch (IOException e) {
      throw new UncheckedIOException("the definitions could not be written", e);
    }
  }
}
