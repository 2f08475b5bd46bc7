package io.growthbus.bench.ingest;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * A flight recording of the node: where its threads were when they were looked at, and what they
 * allocated. A sample is put down to the method on top of the stack and, in a second list, to the
 * first method of the product below it.
 */
final class Profile {
  private static final String OWN = "io.growthbus.";
  private static final int SHOWN = 25;

  private final Ranking methods = new Ranking();
  private final Ranking ownMethods = new Ranking();
  private final Ranking threads = new Ranking();
  private final Ranking classes = new Ranking();
  private final Ranking sites = new Ranking();
  private long pausesNanos;

  private Profile() {}

  /** Something that keeps the node busy while it is recorded. */
  interface Busy {
    void run() throws Exception;
  }

  /**
   * Records a process.
   *
   * @param file that the recording goes to
   */
  static Profile record(ProcessHandle process, Path file, Busy busy) throws Exception {
    String target = String.valueOf(process.pid());
    jcmd(target, "JFR.start", "name=bench", "settings=profile", "filename=" + file);
    try {
      busy.run();
    } finally {
      jcmd(target, "JFR.stop", "name=bench");
    }
    Profile profile = new Profile();
    profile.read(file);
    return profile;
  }

  void print() {
    print("methods by samples, on top of the stack", methods);
    print("methods of the product by samples, they and what they call", ownMethods);
    print("threads by samples", threads);
    print("classes by allocated bytes", classes);
    print("methods of the product by bytes that they and what they call allocate", sites);
    System.out.printf(
        Locale.ROOT, "  pauses of the garbage collector: %.0f ms%n", pausesNanos / 1e6);
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("methods", methods.toJson(SHOWN))
        .put("own_methods", ownMethods.toJson(SHOWN))
        .put("threads", threads.toJson(SHOWN))
        .put("allocated_classes", classes.toJson(SHOWN))
        .put("allocating_own_methods", sites.toJson(SHOWN))
        .put("gc_pauses_ms", pausesNanos / 1e6);
  }

  private static void print(String title, Ranking ranking) {
    System.out.println("  " + title + ":");
    for (Ranking.Place place : ranking.top(SHOWN)) {
      System.out.printf(Locale.ROOT, "    %5.1f %%  %s%n", 100 * place.share(), place.name());
    }
  }

  private void read(Path file) throws IOException {
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        read(recording.readEvent());
      }
    }
  }

  private void read(RecordedEvent event) {
    switch (event.getEventType().getName()) {
      case "jdk.ExecutionSample" -> {
        RecordedThread thread = event.getThread("sampledThread");
        threads.add(thread == null ? "unknown" : String.valueOf(thread.getJavaName()), 1);
        methods.add(top(event.getStackTrace()), 1);
        ownMethods.add(own(event.getStackTrace()), 1);
      }
      case "jdk.ObjectAllocationSample" -> {
        RecordedClass type = event.getClass("objectClass");
        long bytes = event.getLong("weight");
        classes.add(type == null ? "unknown" : type.getName(), bytes);
        sites.add(own(event.getStackTrace()), bytes);
      }
      case "jdk.GarbageCollection" -> pausesNanos += event.getDuration("sumOfPauses").toNanos();
      default -> {
        // The other events say nothing about time or bytes.
      }
    }
  }

  private static String top(@Nullable RecordedStackTrace stack) {
    return stack == null || stack.getFrames().isEmpty()
        ? "unknown"
        : name(stack.getFrames().get(0));
  }

  private static String own(@Nullable RecordedStackTrace stack) {
    List<RecordedFrame> frames = stack == null ? List.of() : stack.getFrames();
    return frames.stream()
        .map(Profile::name)
        .filter(name -> name.startsWith(OWN))
        .findFirst()
        .map(name -> name.substring(OWN.length()))
        .orElse("(none of the product)");
  }

  private static String name(RecordedFrame frame) {
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
  }

  private static void jcmd(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(arguments));
    command.add(0, Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException("the node cannot be recorded: jcmd failed");
    }
  }
}
