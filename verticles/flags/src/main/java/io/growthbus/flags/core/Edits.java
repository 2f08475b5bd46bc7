package io.growthbus.flags.core;

import io.growthbus.flags.core.Definitions.Ref;
import io.growthbus.flags.core.Definitions.Source;
import io.growthbus.flags.core.Definitions.Stored;
import io.growthbus.shared.config.FlagReferences;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.FieldProblem;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.Definition.Kind;
import io.growthbus.shared.flags.FlagCheck;
import io.growthbus.shared.flags.FlagCheck.Found;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.Flags;
import io.growthbus.shared.message.ScheduledChange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the orders of an operator make of the definitions. */
public final class Edits {
  /** How many flags, segments or holdouts an operator may make. */
  public static final int MOST = 2_000;

  private Edits() {}

  /**
   * Defines one.
   *
   * @throws RoomException {@code invalid_field} when it refers to what is not there, {@code
   *     flag_in_use} and the like when another one could not stay as it is, {@code too_many_flags}
   */
  public static Definitions put(Definitions now, Definition wanted) {
    Ref ref = Ref.of(wanted);
    if (now.get(ref.kind(), ref.key()).isEmpty() && now.count(ref.kind()) >= MOST) {
      throw conflict(
          "too_many_" + word(ref.kind()) + "s", "There may be " + MOST + "; remove one first.");
    }
    Definitions after = now.with(wanted, Source.API);
    check(now, after, ref.kind(), own -> own.equals(ref) ? "" : null);
    return after;
  }

  /**
   * Removes one of an operator; that of the file takes its place.
   *
   * @throws RoomException {@code unknown_flag}, {@code flag_in_file}, {@code flag_in_use} and the
   *     like
   */
  public static Definitions delete(Definitions now, Kind kind, String key, Flags file) {
    Stored found = now.get(kind, key).orElseThrow(() -> unknown(kind));
    if (found.source() == Source.FILE) {
      throw conflict(
          word(kind) + "_in_file",
          "This " + word(kind) + " stands in growth.json; remove it there.");
    }
    Optional<Stored> instead = Definitions.of(file, Source.FILE).get(kind, key);
    Definitions after =
        instead.isPresent()
            ? now.with(instead.get().definition(), Source.FILE)
            : now.without(kind, key);
    check(now, after, kind, own -> null);
    return after;
  }

  /**
   * Makes the definitions those of a document. What stands in {@code growth.json} cannot be removed
   * by it and stays.
   *
   * @param written the definitions that the document holds
   * @param kinds kinds of which it holds a list; those of the others stay
   * @param file what {@code growth.json} says
   * @throws RoomException {@code invalid_field} with pointers into the document, {@code
   *     flag_in_use} and the like, {@code too_many_flags}
   */
  public static Definitions apply(Definitions now, Flags written, Set<Kind> kinds, Flags file) {
    Definitions wanted = Definitions.of(written, Source.API);
    Definitions ofFile = Definitions.of(file, Source.FILE);
    List<Stored> puts = new ArrayList<>();
    for (Stored each : wanted.all()) {
      Optional<Stored> there = now.get(each.ref());
      if (there.isEmpty() || !there.get().definition().equals(each.definition())) {
        puts.add(each);
      }
    }
    List<Ref> removed = new ArrayList<>();
    for (Stored each : now.all()) {
      Ref ref = each.ref();
      if (kinds.contains(ref.kind()) && each.source() == Source.API && wanted.get(ref).isEmpty()) {
        ofFile.get(ref).ifPresentOrElse(puts::add, () -> removed.add(ref));
      }
    }
    Definitions after = now.with(puts, removed);
    for (Kind kind : kinds) {
      if (after.count(kind) > MOST) {
        throw conflict("too_many_" + word(kind) + "s", "There may be " + MOST + " of a kind.");
      }
    }
    check(now, after, Kind.FLAG, own -> place(written, own));
    return after;
  }

  /** Keys of what stays although the document does not hold it, because the file does. */
  public static List<Ref> leftAlone(Definitions after, Flags written, Set<Kind> kinds) {
    Definitions wanted = Definitions.of(written, Source.API);
    return after.all().stream()
        .filter(each -> each.source() == Source.FILE)
        .map(Stored::ref)
        .filter(ref -> kinds.contains(ref.kind()) && wanted.get(ref).isEmpty())
        .toList();
  }

  private static @Nullable String place(Flags written, Ref ref) {
    List<? extends Definition> list =
        switch (ref.kind()) {
          case FLAG -> written.definitions();
          case SEGMENT -> written.segments();
          case HOLDOUT -> written.holdouts();
        };
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).key().equals(ref.key())) {
        return FlagReferences.pointer(ref.kind(), i);
      }
    }
    return null;
  }

  /** Makes a scheduled change of a flag; the definitions as they are when it is not there. */
  public static Definitions step(Definitions now, String key, ScheduledChange step) {
    Optional<Stored> stored = now.get(Kind.FLAG, key);
    if (stored.isEmpty() || !(stored.get().definition() instanceof FlagDefinition flag)) {
      return now;
    }
    FlagDefinition changed =
        new FlagDefinition(
            flag.key(),
            step.enabled() == null ? flag.enabled() : step.enabled(),
            step.rolloutPercentage() == null ? flag.rolloutPercentage() : step.rolloutPercentage(),
            flag.targetUsers(),
            flag.surface(),
            flag.targeting());
    return changed.equals(flag) ? now : now.with(changed, Source.API);
  }

  /**
   * Refuses what is wrong afterwards and was not before.
   *
   * @param edited kind of what the order is about
   * @param placeOf where in the order a definition stands; null for one that is not part of it
   */
  private static void check(
      Definitions now, Definitions after, Kind edited, Function<Ref, @Nullable String> placeOf) {
    Flags then = after.flags();
    List<FieldProblem> own = new ArrayList<>();
    Set<Broken> before = new HashSet<>(broken(now.flags()));
    List<Broken> others = new ArrayList<>();
    for (Broken each : broken(then)) {
      String place = placeOf.apply(each.ref());
      if (place != null) {
        own.add(new FieldProblem(place + each.pointer(), each.what()));
      } else if (!before.contains(each)) {
        others.add(each);
      }
    }
    if (!own.isEmpty()) {
      throw RoomException.invalidFields(own);
    }
    if (!others.isEmpty()) {
      Broken first = others.get(0);
      throw conflict(
          word(edited) + "_in_use",
          "The %s %s needs it: its %s %s."
              .formatted(
                  word(first.ref().kind()), first.ref().key(), first.pointer(), first.what()));
    }
  }

  /** Something that is wrong with a definition. */
  private record Broken(Ref ref, String pointer, String what) {}

  private static List<Broken> broken(Flags flags) {
    return FlagCheck.all(flags).stream().map(found -> broken(flags, found)).toList();
  }

  private static Broken broken(Flags flags, Found found) {
    Definition definition =
        found.kind() == Kind.FLAG
            ? flags.definitions().get(found.index())
            : flags.segments().get(found.index());
    return new Broken(Ref.of(definition), found.problem().pointer(), found.problem().what());
  }

  /** There is no such thing. */
  public static RoomException unknown(Kind kind) {
    return new RoomException(
        ErrorKind.NOT_FOUND,
        "unknown_" + word(kind),
        "There is no " + word(kind) + " with this key.");
  }

  private static RoomException conflict(String code, String message) {
    return new RoomException(ErrorKind.CONFLICT, code, message);
  }

  /** A kind in one word. */
  public static String word(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
