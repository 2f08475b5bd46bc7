package io.growthbus.ingest.store;

import static io.growthbus.ingest.store.SomeEvents.TIME_MS;
import static io.growthbus.ingest.store.SomeEvents.clicked;
import static io.growthbus.ingest.store.SomeEvents.event;
import static io.growthbus.ingest.store.SomeEvents.poison;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.ContentHash;
import io.growthbus.ingest.core.IdentityClaim.IllegalId;
import io.growthbus.ingest.core.IdentityClaim.Join;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.schema.Violation;
import io.growthbus.ingest.store.EventStore.Committed;
import io.growthbus.ingest.store.EventStore.NewEvent;
import io.growthbus.shared.config.GrowthConfig.Meter;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.EventAnnotation;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.postgres.Postgres;
import io.growthbus.shared.testing.Await;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every store of events keeps. Users are new in each test; the store need not be empty. */
abstract class EventStoreContract {
  static final List<Meter> METERS =
      List.of(
          new Meter("clicks", "clicked"),
          new Meter("actions", "clicked"),
          new Meter("typings", "typed"),
          new Meter("taps", "tapped"));

  private final String user = "u-" + UUID.randomUUID();

  abstract EventStore store();

  /** {@link #METERS} as the store has them. */
  abstract MeterSet meters();

  /** Count of a meter as stored, 0 when it never moved. */
  abstract long count(String userId, String meter);

  private Committed commit(NewEvent... events) {
    return Await.result(store().commit(List.of(events), meters()));
  }

  private MeterSet none() {
    return MeterSet.of(meters().revision(), List.of());
  }

  private EventPage list(@Nullable String name, int limit, @Nullable String before) {
    return Await.result(store().list(new ListEvents(user, name, limit, before)));
  }

  private static UUID id(NewEvent event) {
    return event.event().eventId();
  }

  private static long hash(NewEvent event) {
    return ContentHash.of(event.event());
  }

  /** The readings without their times. */
  private static List<MeterReading> counts(Committed committed) {
    return committed.readings().stream()
        .map(reading -> new MeterReading(reading.userId(), reading.meter(), reading.count()))
        .toList();
  }

  @Test
  void a_new_event_is_inserted_and_moves_every_meter_of_its_name() {
    NewEvent event = clicked(user);
    Committed committed = commit(event);

    assertThat(committed.inserted()).containsExactly(id(event));
    assertThat(counts(committed))
        .containsExactlyInAnyOrder(
            new MeterReading(user, "clicks", 1), new MeterReading(user, "actions", 1));
    assertThat(count(user, "clicks")).isEqualTo(1);
  }

  @Test
  void a_reading_is_the_total_and_only_of_meters_that_moved() {
    commit(clicked(user), event(UUID.randomUUID(), "typed", user, true));
    Committed committed = commit(clicked(user), clicked(user));

    assertThat(counts(committed))
        .containsExactlyInAnyOrder(
            new MeterReading(user, "clicks", 3), new MeterReading(user, "actions", 3));
  }

  @Test
  void events_that_are_counted_by_another_revision_of_the_meters_are_not_stored() {
    MeterSet older = MeterSet.of(meters().revision() - 1, meters().meters());
    Throwable failure = Await.failure(store().commit(List.of(clicked(user)), older));

    assertThat(failure).isInstanceOf(MetersOutdated.class);
    assertThat(list(null, 10, null).items()).isEmpty();
    assertThat(count(user, "clicks")).isZero();
  }

  @Test
  void an_event_that_is_stored_already_is_not_inserted_and_not_counted() {
    NewEvent first = clicked(user);
    NewEvent second = clicked(user);
    commit(first);
    Committed committed = commit(first, second);

    assertThat(committed.inserted()).containsExactly(id(second));
    assertThat(count(user, "clicks")).isEqualTo(2);
    assertThat(commit(first, second))
        .isEqualTo(
            new Committed(
                Set.of(), Map.of(id(first), hash(first), id(second), hash(second)), List.of()));
    assertThat(count(user, "clicks")).isEqualTo(2);
  }

  @Test
  void the_first_event_of_an_id_wins_whatever_a_later_one_says() {
    NewEvent first = clicked(user);
    String other = "u-" + UUID.randomUUID();
    commit(first);
    Committed repeated = commit(event(id(first), "typed", other, true));

    assertThat(repeated)
        .isEqualTo(new Committed(Set.of(), Map.of(id(first), hash(first)), List.of()));

    assertThat(list(null, 10, null).items())
        .extracting(StoredEvent::name)
        .containsExactly("clicked");
    assertThat(count(other, "typings")).isZero();
  }

  @Test
  void an_unverified_event_is_stored_and_never_counted() {
    NewEvent event = event(UUID.randomUUID(), "clicked", user, false);
    Committed committed = commit(event);

    assertThat(committed).isEqualTo(new Committed(Set.of(id(event)), Map.of(), List.of()));
    assertThat(count(user, "clicks")).isZero();
    assertThat(list(null, 10, null).items())
        .extracting(StoredEvent::verified)
        .containsExactly(false);
  }

  @Test
  void an_unverified_event_that_is_repeated_as_verified_is_still_not_counted() {
    UUID id = UUID.randomUUID();
    commit(event(id, "clicked", user, false));
    commit(event(id, "clicked", user, true));

    assertThat(count(user, "clicks")).isZero();
  }

  @Test
  void an_event_without_a_user_is_stored_and_never_counted() {
    NewEvent event = clicked(null);

    assertThat(commit(event)).isEqualTo(new Committed(Set.of(id(event)), Map.of(), List.of()));
  }

  @Test
  void an_event_that_no_meter_counts_moves_nothing() {
    NewEvent event = event(UUID.randomUUID(), "scrolled", user, true);

    assertThat(commit(event)).isEqualTo(new Committed(Set.of(id(event)), Map.of(), List.of()));
    assertThat(Await.result(store().commit(List.of(clicked(user)), none())).readings()).isEmpty();
  }

  @Test
  void users_are_counted_apart_and_case_matters() {
    String upper = user.toUpperCase(java.util.Locale.ROOT);
    commit(clicked(user), clicked(upper), clicked(user));

    assertThat(count(user, "clicks")).isEqualTo(2);
    assertThat(count(upper, "clicks")).isEqualTo(1);
  }

  @Test
  void one_event_that_cannot_be_stored_fails_the_group_and_nothing_of_it_is_stored() {
    Throwable failure =
        Await.failure(store().commit(List.of(clicked(user), poison(UUID.randomUUID())), meters()));

    assertThat(Postgres.isPoison(failure)).isTrue();
    assertThat(list(null, 10, null).items()).isEmpty();
    assertThat(count(user, "clicks")).isZero();
  }

  @Test
  void an_event_comes_back_as_it_was_stored() {
    UUID id = UUID.randomUUID();
    TelemetryEvent event =
        new TelemetryEvent(
            3,
            id,
            "2.1.0-rc.1",
            user,
            "{a,\"b\"}",
            "NULL",
            "ajs-next-1",
            TIME_MS - 5_001,
            "typed",
            "{\"n\":1.5,\"o\":{\"l\":[true,null,\"\\\\ ü😀\"]}}",
            Set.of("n", "o"),
            null,
            100);
    commit(new NewEvent(event, true, TIME_MS + 123, 5_000));

    assertThat(list(null, 10, null).items())
        .containsExactly(
            new StoredEvent(
                id.toString(),
                "typed",
                user,
                "{a,\"b\"}",
                "NULL",
                "ajs-next-1",
                "2.1.0-rc.1",
                TIME_MS - 1,
                TIME_MS + 123,
                true,
                Map.of("n", 1.5, "o", Map.of("l", java.util.Arrays.asList(true, null, "\\ ü😀")))));
  }

  @Test
  void notes_about_an_event_come_back_with_it_and_only_with_it() {
    NewEvent plain = event(UUID.randomUUID(), "plain", user, true);
    NewEvent noted = event(UUID.randomUUID(), "noted", user, true);
    commit(
        plain,
        new NewEvent(
            noted.event(),
            true,
            TIME_MS,
            0,
            List.of(
                new Violation(Violation.Kind.UNKNOWN_VERSION, "/schema_version"),
                new Violation(Violation.Kind.ADDITIONAL_PROPERTY, "/properties/a~1\"b"))));

    assertThat(list(null, 10, null).items())
        .extracting(StoredEvent::name, StoredEvent::annotations)
        .containsExactlyInAnyOrder(
            tuple("plain", null),
            tuple(
                "noted",
                List.of(
                    new EventAnnotation("unknown_version", "/schema_version"),
                    new EventAnnotation("additional_property", "/properties/a~1\"b"))));
  }

  @Test
  void pages_hold_every_event_once_newest_first_also_when_many_arrived_together() {
    List<NewEvent> events =
        IntStream.range(0, 25)
            .mapToObj(
                i ->
                    event(
                        UUID.randomUUID(),
                        "clicked",
                        user,
                        true,
                        "{\"i\":" + i + "}",
                        TIME_MS + i / 7))
            .toList();
    commit(events.toArray(NewEvent[]::new));

    List<StoredEvent> seen = new ArrayList<>();
    String cursor = null;
    do {
      EventPage page = list(null, 4, cursor);
      seen.addAll(page.items());
      cursor = page.next();
      assertThat(page.items()).hasSize(cursor == null ? 1 : 4);
    } while (cursor != null);

    assertThat(seen).hasSize(25);
    assertThat(new HashSet<>(seen)).hasSize(25);
    assertThat(seen)
        .isSortedAccordingTo((a, b) -> Long.compare(b.receivedAtMs(), a.receivedAtMs()));
  }

  @Test
  void a_page_that_ends_with_the_last_event_names_no_next_one() {
    commit(clicked(user), clicked(user));

    assertThat(list(null, 1, null).next()).isNotNull();
    assertThat(list(null, 2, null).next()).isNull();
    assertThat(list(null, 3, null).next()).isNull();
  }

  @Test
  void a_list_holds_only_the_user_and_the_name_that_are_asked_for() {
    String other = "u-" + UUID.randomUUID();
    commit(clicked(user), event(UUID.randomUUID(), "typed", user, true), clicked(other));

    assertThat(list(null, 10, null).items()).hasSize(2);
    assertThat(list("typed", 10, null).items())
        .extracting(StoredEvent::userId, StoredEvent::name)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(user, "typed"));
    assertThat(list("scrolled", 10, null)).isEqualTo(new EventPage(List.of(), null));
    assertThat(Await.result(store().list(new ListEvents(null, "clicked", 1_000, null))).items())
        .extracting(StoredEvent::userId)
        .contains(user, other);
  }

  /** An event of an anonymous id alone. */
  private static NewEvent anonymous(String anonymousId, long receivedMs) {
    return new NewEvent(someEvent("viewed", null, anonymousId, null), false, receivedMs);
  }

  private static TelemetryEvent someEvent(
      String name, @Nullable String userId, String anonymousId, @Nullable ConsentStatement said) {
    return new TelemetryEvent(
        0,
        UUID.randomUUID(),
        "1.0.0",
        userId,
        null,
        anonymousId,
        null,
        TIME_MS,
        name,
        "{}",
        Set.of(),
        said,
        100);
  }

  private static NewEvent joining(String anonymousId, String userId) {
    return new NewEvent(
        someEvent("$identify", userId, anonymousId, null),
        true,
        TIME_MS,
        0,
        List.of(),
        false,
        new Join(anonymousId, userId, "/anonymous_id"));
  }

  private List<String> notes(String name) {
    return list(name, 10, null).items().stream()
        .flatMap(e -> e.annotations() == null ? Stream.of() : e.annotations().stream())
        .map(note -> note.code() + " " + note.pointer())
        .toList();
  }

  @Test
  void what_was_said_about_consent_and_sharing_comes_back() {
    ConsentStatement said =
        ConsentStatement.of("ads", State.DENIED)
            .and(ConsentStatement.of("analytics", State.GRANTED))
            .and(ConsentStatement.of("p\"q", State.PENDING));
    commit(
        new NewEvent(someEvent("said", user, "a", said), true, TIME_MS, 0, List.of(), true, null),
        event(UUID.randomUUID(), "silent", user, true));

    StoredEvent stored = list("said", 10, null).items().get(0);
    Map<String, @Nullable Boolean> expected = new HashMap<>();
    expected.put("ads", false);
    expected.put("analytics", true);
    expected.put("p\"q", null);
    assertThat(stored.consent()).isEqualTo(expected);
    assertThat(stored.gpc()).isTrue();
    assertThat(list("silent", 10, null).items().get(0).consent()).isNull();
    assertThat(list("silent", 10, null).items().get(0).gpc()).isFalse();
  }

  @Test
  void what_a_linked_anonymous_id_did_is_shown_with_the_user_in_one_order_and_in_pages() {
    String a = "a-" + UUID.randomUUID();
    String b = "b-" + UUID.randomUUID();
    List<NewEvent> sent = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      sent.add(anonymous(a, TIME_MS + 3L * i));
      sent.add(anonymous(b, TIME_MS + 3L * i + 1));
      sent.add(event(UUID.randomUUID(), "clicked", user, true, "{}", TIME_MS + 3L * i + 2));
    }
    commit(sent.toArray(NewEvent[]::new));
    commit(anonymous("c-" + UUID.randomUUID(), TIME_MS));
    assertThat(list(null, 100, null).items()).hasSize(4);

    commit(joining(a, user), joining(b, user));

    List<String> expected =
        sent.stream()
            .sorted((x, y) -> Long.compare(y.receivedAtMs(), x.receivedAtMs()))
            .map(e -> e.event().eventId().toString())
            .toList();
    List<String> seen = new ArrayList<>();
    String cursor = null;
    do {
      EventPage page = list(null, 3, cursor);
      page.items().stream()
          .filter(e -> !e.name().equals("$identify"))
          .forEach(e -> seen.add(e.eventId()));
      cursor = page.next();
    } while (cursor != null);
    assertThat(seen).isEqualTo(expected);
    assertThat(list("viewed", 100, null).items()).hasSize(8);
    assertThat(count(user, "clicks")).isEqualTo(4);
  }

  @Test
  void the_first_link_wins_and_the_same_again_is_nothing() {
    String anonymousId = "a-" + UUID.randomUUID();
    String other = "o-" + UUID.randomUUID();
    commit(joining(anonymousId, user));
    commit(joining(anonymousId, user), anonymous(anonymousId, TIME_MS + 1));
    assertThat(notes("$identify")).isEmpty();

    NewEvent late = joining(anonymousId, other);
    commit(late);
    commit(late);

    assertThat(list("viewed", 10, null).items()).hasSize(1);
    List<StoredEvent> others =
        Await.result(store().list(new ListEvents(other, null, 10, null))).items();
    assertThat(others).hasSize(1);
    assertThat(others.get(0).annotations())
        .containsExactly(new EventAnnotation("already_identified", "/anonymous_id"));
  }

  @Test
  void of_two_users_who_claim_an_id_in_one_commit_the_first_has_it() {
    String anonymousId = "a-" + UUID.randomUUID();
    String other = "o-" + UUID.randomUUID();
    commit(
        joining(anonymousId, user), joining(anonymousId, other), anonymous(anonymousId, TIME_MS));

    assertThat(list(null, 10, null).items()).hasSize(2);
    assertThat(Await.result(store().list(new ListEvents(other, null, 10, null))).items())
        .extracting(StoredEvent::annotations)
        .containsExactly(List.of(new EventAnnotation("already_identified", "/anonymous_id")));
  }

  @Test
  void a_known_user_is_not_joined_to_another_one() {
    String known = "k-" + UUID.randomUUID();
    commit(joining("a-" + UUID.randomUUID(), known));
    commit(joining(known, user));

    assertThat(notes("$identify")).containsExactly("already_identified /anonymous_id");
  }

  @Test
  void a_repeated_event_makes_no_link() {
    NewEvent claim = joining("a-" + UUID.randomUUID(), user);
    NewEvent before = new NewEvent(claim.event(), true, TIME_MS);
    commit(before);
    commit(claim, anonymous(String.valueOf(claim.event().anonymousId()), TIME_MS));

    assertThat(list("viewed", 10, null).items()).isEmpty();
  }

  @Test
  void what_another_user_did_under_a_linked_anonymous_id_stays_that_users() {
    String anonymousId = "a-" + UUID.randomUUID();
    String other = "o-" + UUID.randomUUID();
    commit(
        joining(anonymousId, user),
        new NewEvent(someEvent("viewed", other, anonymousId, null), true, TIME_MS));

    assertThat(list("viewed", 10, null).items()).isEmpty();
  }

  @Test
  void an_illegal_id_is_noted_beside_the_event() {
    NewEvent event =
        new NewEvent(
            someEvent("$identify", user, "null", null),
            true,
            TIME_MS,
            0,
            List.of(new Violation(Violation.Kind.UNKNOWN_VERSION, "/schema_version")),
            false,
            new IllegalId("/anonymous_id"));
    commit(event);

    assertThat(notes("$identify"))
        .containsExactly("unknown_version /schema_version", "illegal_id /anonymous_id");
  }

  @Test
  void a_cursor_that_no_page_gave_is_refused() {
    Throwable failure = Await.failure(store().list(new ListEvents(user, null, 10, "nonsense")));

    assertThat(failure).isInstanceOf(RoomException.class);
    assertThat(((RoomException) failure).code()).isEqualTo("invalid_cursor");
  }

  @Property(tries = 25)
  void any_order_and_any_repetition_of_the_same_events_ends_in_the_same_counters(
      @ForAll @IntRange(min = 1, max = 40) int distinct,
      @ForAll @IntRange(min = 1, max = 4) int repetitions,
      @ForAll long seed) {
    String someone = "u-" + UUID.randomUUID();
    Random random = new Random(seed);
    List<NewEvent> deliveries = new ArrayList<>();
    int typed = 0;
    for (int i = 0; i < distinct; i++) {
      boolean types = random.nextInt(3) == 0;
      typed += types ? 1 : 0;
      NewEvent event = event(UUID.randomUUID(), types ? "typed" : "clicked", someone, true);
      deliveries.addAll(Collections.nCopies(repetitions, event));
    }
    Collections.shuffle(deliveries, random);

    Set<UUID> inserted = new HashSet<>();
    for (int from = 0; from < deliveries.size(); ) {
      int to = Math.min(deliveries.size(), from + 1 + random.nextInt(20));
      List<NewEvent> group = deliveries.subList(from, to).stream().distinct().toList();
      Committed committed = Await.result(store().commit(group, meters()));
      committed.inserted().forEach(id -> assertThat(inserted.add(id)).isTrue());
      from = to;
    }

    assertThat(inserted).hasSize(distinct);
    assertThat(count(someone, "typings")).isEqualTo(typed);
    assertThat(count(someone, "clicks")).isEqualTo(distinct - typed);
  }
}
