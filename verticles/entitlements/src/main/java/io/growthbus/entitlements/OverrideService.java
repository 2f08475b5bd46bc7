package io.growthbus.entitlements;

import io.growthbus.entitlements.store.OverrideStore;
import io.growthbus.entitlements.store.OverrideStore.Changed;
import io.growthbus.entitlements.store.OverrideStore.Claim;
import io.growthbus.shared.config.EntitlementOverride;
import io.growthbus.shared.config.GrowthConfig;
import io.growthbus.shared.config.OverrideForm;
import io.growthbus.shared.domain.ErrorKind;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.message.AccountMemberChange;
import io.growthbus.shared.message.DeleteOverride;
import io.growthbus.shared.message.OverrideChange;
import io.growthbus.shared.message.OverrideState;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.OverrideSubject.Kind;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.PutOverride;
import io.growthbus.shared.message.ReadOverride;
import io.growthbus.shared.settings.Live;
import io.growthbus.shared.settings.Problems;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What operators say of users and accounts, and who belongs to an account. */
final class OverrideService {
  private final OverrideStore store;
  private final Live<GrowthConfig> config;
  private final InstantSource clock;
  private final Function<String, Future<Boolean>> keptOut;
  private final Consumer<Map<String, Long>> announce;

  /**
   * @param keptOut whether a user is kept out after an erasure; fails with the error of PostgreSQL
   * @param announce tells every node which users have changed
   */
  OverrideService(
      OverrideStore store,
      Live<GrowthConfig> config,
      InstantSource clock,
      Function<String, Future<Boolean>> keptOut,
      Consumer<Map<String, Long>> announce) {
    this.store = store;
    this.config = config;
    this.clock = clock;
    this.keptOut = keptOut;
    this.announce = announce;
  }

  /** An override; fails with {@link RoomException} {@code unknown_override}. */
  Future<OverrideState> read(ReadOverride question) {
    return store
        .read(question.subject())
        .map(
            found ->
                found
                    .map(
                        stored ->
                            new OverrideState(
                                OverrideForm.text(stored.override()),
                                stored.revision(),
                                stored.changedAtMs()))
                    .orElseThrow(
                        () ->
                            new RoomException(
                                ErrorKind.NOT_FOUND,
                                "unknown_override",
                                "There is no such override.")))
        .recover(StoreFailures::refusal);
  }

  /**
   * Sets an override.
   *
   * @return after the commit; fails with {@link RoomException} {@code invalid_override}, {@code
   *     revision_mismatch} or {@code user_suppressed}
   */
  Future<OverrideChange> put(PutOverride order) {
    Problems problems = new Problems();
    Optional<EntitlementOverride> override =
        OverrideForm.read(order.definition(), config.get().entitlements(), problems);
    if (override.isEmpty()) {
      return Future.failedFuture(
          new RoomException(
              ErrorKind.INVALID, "invalid_override", String.join("; ", problems.errors()) + "."));
    }
    return admitted(order.subject())
        .compose(in -> change(order.subject(), override, order.actor(), order.expectedRevision()));
  }

  /**
   * Takes an override away.
   *
   * @return after the commit; fails with {@link RoomException} {@code unknown_override} or {@code
   *     revision_mismatch}
   */
  Future<OverrideChange> delete(DeleteOverride order) {
    return change(order.subject(), Optional.empty(), order.actor(), order.expectedRevision());
  }

  private Future<OverrideChange> change(
      OverrideSubject subject,
      Optional<EntitlementOverride> override,
      String actor,
      @Nullable Long expected) {
    return store
        .change(subject, override, actor, expected, clock.millis())
        .onSuccess(this::announce)
        .map(
            changed ->
                new OverrideChange(
                    changed.revision(),
                    changed.changed(),
                    override.map(OverrideForm::text).orElse(null)))
        .recover(StoreFailures::refusal);
  }

  /**
   * Makes a user a member of an account, or ends that.
   *
   * @return after the commit; fails with {@link RoomException} {@code too_many_members}, {@code
   *     too_many_accounts} or {@code user_suppressed}
   */
  Future<AccountMemberChange> member(PutAccountMember order) {
    return (order.member()
            ? admitted(new OverrideSubject(Kind.USER, order.userId()))
            : Future.<Void>succeededFuture())
        .compose(
            in -> store.member(order.accountId(), order.userId(), order.member(), clock.millis()))
        .onSuccess(this::announce)
        .map(changed -> new AccountMemberChange(changed.changed()))
        .recover(StoreFailures::refusal);
  }

  /**
   * Makes a user a member as an event says.
   *
   * @return after the commit; fails as {@link #member} does
   */
  Future<Void> claim(Claim claim) {
    return admitted(new OverrideSubject(Kind.USER, claim.userId()))
        .compose(in -> store.claim(claim, clock.millis()))
        .onSuccess(this::announce)
        .<Void>mapEmpty()
        .recover(StoreFailures::refusal);
  }

  private void announce(Changed changed) {
    announce.accept(changed.revisions());
  }

  /** Nothing is stored of a user who was erased. */
  private Future<Void> admitted(OverrideSubject subject) {
    return subject.kind() == Kind.ACCOUNT
        ? Future.succeededFuture()
        : Suppressed.refuse(keptOut, subject.id());
  }
}
