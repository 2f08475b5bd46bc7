package io.growthbus.ingest;

import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.store.PgConsentStore;
import io.growthbus.ingest.store.PgConsentStore.Stated;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.ReadConsent;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.postgres.Postgres;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps what users say about consent.
 *
 * <p>A page says it with every event. What is no refusal and was noted a minute ago is not noted
 * again; a refusal always is.
 */
final class ConsentService {
  private static final int REMEMBERED = 10_000;
  private static final long AGAIN_MS = Duration.ofMinutes(1).toMillis();

  private final PgConsentStore store;
  private final InstantSource clock;

  /** State and moment of the last note by user and purpose, the eldest first. */
  private final Map<List<String>, Noted> noted =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<String>, Noted> eldest) {
          return size() > REMEMBERED;
        }
      };

  private record Noted(State state, long atMs) {}

  ConsentService(PgConsentStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Notes statements.
   *
   * @return fails with {@link RoomException} {@code store_unavailable}
   */
  Future<Void> note(List<Stated> statements) {
    long now = clock.millis();
    List<Stated> news = statements.stream().filter(one -> isNews(one, now)).toList();
    return news.isEmpty()
        ? Future.succeededFuture()
        : store
            .note(news)
            .onSuccess(
                done -> news.forEach(one -> noted.put(place(one), new Noted(one.state(), now))))
            .recover(ConsentService::unavailable);
  }

  /**
   * What a user has said.
   *
   * @return fails with {@link RoomException} {@code store_unavailable}
   */
  Future<UserConsent> read(ReadConsent question) {
    return store.read(question.userId()).recover(ConsentService::unavailable);
  }

  private boolean isNews(Stated statement, long now) {
    Noted last = noted.get(place(statement));
    return statement.state() == State.DENIED
        || last == null
        || last.state() != statement.state()
        || now - last.atMs() >= AGAIN_MS;
  }

  private static List<String> place(Stated statement) {
    return List.of(statement.userId(), statement.purpose());
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    return Future.failedFuture(
        Postgres.isTransient(failure)
            ? new RoomException(
                ErrorKind.UNAVAILABLE,
                "store_unavailable",
                "What was said about consent cannot be kept or read now; try again.")
            : failure);
  }
}
