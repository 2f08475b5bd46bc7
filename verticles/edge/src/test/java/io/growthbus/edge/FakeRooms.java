package io.growthbus.edge;

import io.growthbus.shared.bus.Ask;
import io.growthbus.shared.bus.Bus;
import io.growthbus.shared.bus.Channels;
import io.growthbus.shared.config.FlagForm;
import io.growthbus.shared.domain.RoomException;
import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.flags.Targeting;
import io.growthbus.shared.message.AccountMemberChange;
import io.growthbus.shared.message.ApplyDefinitions;
import io.growthbus.shared.message.AuditEntry;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.DefinitionChange;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DefinitionList;
import io.growthbus.shared.message.DefinitionsApplied;
import io.growthbus.shared.message.DefinitionsApplied.Difference;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementUsed;
import io.growthbus.shared.message.EntitlementVerdict;
import io.growthbus.shared.message.EntitlementVerdict.Unlock;
import io.growthbus.shared.message.ErasureStatus;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.EventSchema;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.FlagEvaluatedAt;
import io.growthbus.shared.message.FlagImpact;
import io.growthbus.shared.message.FlagPreview;
import io.growthbus.shared.message.FlagPreview.Previewed;
import io.growthbus.shared.message.FlagReport;
import io.growthbus.shared.message.FlagReport.StaleFlag;
import io.growthbus.shared.message.FlagReport.UnknownFlag;
import io.growthbus.shared.message.FlagSchedule;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.GeneratedTypes;
import io.growthbus.shared.message.ListDefinitions;
import io.growthbus.shared.message.MeterChange;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.OverrideChange;
import io.growthbus.shared.message.OverrideState;
import io.growthbus.shared.message.PendingPrompts;
import io.growthbus.shared.message.Prompt;
import io.growthbus.shared.message.PromptAcknowledged;
import io.growthbus.shared.message.PromptExplanation;
import io.growthbus.shared.message.QuarantineGroup;
import io.growthbus.shared.message.QuarantineGroups;
import io.growthbus.shared.message.QuarantinePage;
import io.growthbus.shared.message.QuarantineReplayed;
import io.growthbus.shared.message.QuarantineReplayed.StillRefused;
import io.growthbus.shared.message.QuarantinedEvent;
import io.growthbus.shared.message.ReconciliationRun;
import io.growthbus.shared.message.Reconciliations;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.message.ReservationSettled;
import io.growthbus.shared.message.RuleChange;
import io.growthbus.shared.message.RuleList;
import io.growthbus.shared.message.RuleState;
import io.growthbus.shared.message.ScheduledChange;
import io.growthbus.shared.message.SchemaChange;
import io.growthbus.shared.message.SchemaList;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.message.StoredWebhook;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.message.UsedFacts;
import io.growthbus.shared.message.WaitingPrompts;
import io.growthbus.shared.message.WebhookPage;
import io.growthbus.shared.message.WebhookReceived;
import io.growthbus.shared.message.WebhooksReapplied;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The other rooms, as edge sees them: they note what they are asked and give full answers. */
final class FakeRooms {
  static final String EVENT_ID = "0192f0c1-2d3e-7a4b-8c5d-6e7f80910203";
  static final String PROMPT_ID = "7f3e2a10-5b6c-4d7e-8f90-a1b2c3d4e5f6";

  static final MeterState METER =
      new MeterState(
          "api_calls",
          "{\"key\":\"api_calls\",\"event\":\"api_call\",\"filter\":{\"status_code\":{\"lt\":400}},"
              + "\"sum\":\"tokens\",\"subject\":\"user\",\"period\":\"month\",\"backfill\":true}",
          MeterState.Source.API,
          5,
          new MeterState.Backfill("counting", 3, 30));
  static final RuleState RULE =
      new RuleState(
          "api_calls",
          "{\"key\":\"api_calls\",\"meter\":\"api_calls\",\"thresholds\":[50]}",
          DefinitionItem.Source.API,
          1_795_530_000_000L);
  static final String OVERRIDE =
      "{\"tier\":\"pro\",\"limits\":{\"seats\":\"unlimited\",\"exports\":5},\"features\":{\"export\":false},"
          + "\"expires_at\":1795530000000,\"trial\":true,\"note\":\"a friend\"}";
  private static final ExportPage NOTHING = new ExportPage(List.of(), null);

  private static final ReconciliationRun COMPARISON =
      new ReconciliationRun(3, "stripe", 1_000, null, 7, 1, null);

  private final List<Object> asked = new CopyOnWriteArrayList<>();
  private final Map<String, Function<Object, Future<?>>> instead = new ConcurrentHashMap<>();

  Future<?> serve(Bus bus) {
    return Future.all(
        List.of(
            room(bus, Channels.RECORD_EVENTS, order -> recorded()),
            room(bus, Channels.LIST_EVENTS, question -> events()),
            room(bus, Channels.READ_FLAG_SET, question -> flags()),
            room(bus, Channels.ERASE_USER, order -> erased()),
            room(bus, Channels.READ_ERASURE, question -> erased()),
            room(bus, Channels.EXPORT_FROM_INGEST, question -> NOTHING),
            room(bus, Channels.EXPORT_FROM_FLAGS, question -> NOTHING),
            room(bus, Channels.EXPORT_FROM_ENTITLEMENTS, question -> NOTHING),
            room(bus, Channels.EXPORT_FROM_ACTIVATION, question -> NOTHING),
            room(
                bus,
                Channels.EVALUATE_FLAGS,
                question ->
                    new FlagAnswers(
                        7,
                        Map.of(
                            "export",
                            answer(),
                            "gone",
                            new FlagAnswer(false, null, "FLAG_NOT_FOUND", 7)))),
            room(bus, Channels.EVALUATE_FLAG, question -> answer()),
            room(
                bus,
                Channels.RESOLVE_ENTITLEMENT,
                question -> at(entitlement(question.userId(), 5), question.atMs())),
            room(
                bus, Channels.RECEIVE_WEBHOOK, delivery -> new WebhookReceived("evt_1", "applied")),
            room(bus, Channels.LIST_WEBHOOKS, question -> webhooks()),
            room(
                bus,
                Channels.REAPPLY_WEBHOOKS,
                order -> new WebhooksReapplied(Map.of("applied", 2), 0)),
            room(bus, Channels.RECONCILE, order -> COMPARISON),
            room(
                bus,
                Channels.LIST_RECONCILIATIONS,
                question -> new Reconciliations(List.of(COMPARISON))),
            room(
                bus,
                Channels.EXPLAIN_PROMPT,
                question ->
                    new PromptExplanation(
                        question.userId(),
                        question.rule(),
                        "below_threshold",
                        "Not yet.",
                        List.of(new PromptExplanation.Step("counter", "below", "{\"value\":2}")))),
            room(bus, Channels.FIND_WAITING_PROMPTS, question -> new WaitingPrompts(List.of())),
            room(
                bus,
                Channels.LIST_PENDING_PROMPTS,
                question -> new PendingPrompts(List.of(prompt(PROMPT_ID)))),
            room(bus, Channels.LIST_QUARANTINE_GROUPS, question -> quarantineGroups()),
            room(bus, Channels.LIST_QUARANTINE, question -> quarantine()),
            room(
                bus,
                Channels.REPLAY_QUARANTINE,
                order ->
                    new QuarantineReplayed(
                        2, 1, 0, 1, List.of(new StillRefused(7, "too_deep", "")), 1, null)),
            room(
                bus,
                Channels.ACKNOWLEDGE_PROMPT,
                order ->
                    new PromptAcknowledged(
                        order.promptId(), order.action().name().toLowerCase(Locale.ROOT))),
            room(bus, Channels.LIST_METERS, question -> new MeterList(7, List.of(METER))),
            room(
                bus,
                Channels.PUT_METER,
                order ->
                    new MeterChange(
                        8, true, METER, List.of("a"), List.of("b"), Map.of("a", 3_000L))),
            room(bus, Channels.LIST_RULES, question -> new RuleList(7, List.of(RULE))),
            room(bus, Channels.PUT_RULE, order -> ruleChange(RULE)),
            room(bus, Channels.DELETE_RULE, order -> ruleChange(null)),
            room(bus, Channels.DELETE_METER, order -> new MeterChange(9, true, null)),
            room(
                bus,
                Channels.READ_USAGE,
                question -> new MeterUsage("12.500000001", 1_795_500_000_000L, null)),
            room(bus, Channels.LIST_DEFINITIONS, FakeRooms::definitions),
            room(
                bus,
                Channels.PUT_DEFINITION,
                order -> definitionChange(definition(order.kind(), order.key(), null))),
            room(bus, Channels.DELETE_DEFINITION, order -> definitionChange(null)),
            room(bus, Channels.APPLY_DEFINITIONS, FakeRooms::applied),
            room(bus, Channels.READ_SCHEDULE, question -> schedule(question.key())),
            room(bus, Channels.PUT_SCHEDULE, order -> schedule(order.key())),
            room(bus, Channels.LIST_AUDIT, question -> audit()),
            room(bus, Channels.LIST_SCHEMAS, question -> schemas()),
            room(bus, Channels.PUBLISH_SCHEMA, order -> schemaChange()),
            room(bus, Channels.DELETE_SCHEMA, order -> schemaChange()),
            room(bus, Channels.CHECK_ENTITLEMENT, FakeRooms::verdict),
            room(bus, Channels.USE_ENTITLEMENT, FakeRooms::used),
            room(
                bus,
                Channels.SETTLE_RESERVATION,
                order ->
                    new ReservationSettled(
                        order.reservationId(),
                        "ada",
                        "exports",
                        order.confirmed() ? "confirmed" : "released",
                        order.amount() == null ? 3 : order.amount())),
            room(
                bus,
                Channels.READ_OVERRIDE,
                question -> new OverrideState(OVERRIDE, 7, 1_795_530_000_000L)),
            room(bus, Channels.PUT_OVERRIDE, order -> new OverrideChange(8, true, OVERRIDE)),
            room(bus, Channels.DELETE_OVERRIDE, order -> new OverrideChange(9, true, null)),
            room(bus, Channels.PUT_ACCOUNT_MEMBER, order -> new AccountMemberChange(true)),
            room(
                bus,
                Channels.GENERATE_TYPES,
                question -> new GeneratedTypes(7, "export interface GrowthEvents {}\n")),
            room(bus, Channels.PREVIEW_FLAG, question -> preview()),
            room(bus, Channels.MEASURE_IMPACT, question -> impact()),
            room(bus, Channels.READ_FLAG_REPORT, question -> flagReport()),
            room(bus, Channels.EVALUATE_FLAG_AT, question -> evaluatedAt())));
  }

  private static FlagPreview preview() {
    FlagAnswer unknown = new FlagAnswer(false, null, "FLAG_NOT_FOUND", 7);
    return new FlagPreview(
        7, List.of(new Previewed(answer(), unknown), new Previewed(unknown, null)));
  }

  private static FlagImpact impact() {
    return new FlagImpact(
        7,
        1_000,
        5_000,
        true,
        3,
        2,
        List.of(
            new FlagImpact.Change(
                new FlagImpact.Outcome(null, "FLAG_NOT_FOUND"),
                new FlagImpact.Outcome("on", "TARGETING_MATCH"),
                3)));
  }

  private static WebhookPage webhooks() {
    return new WebhookPage(
        List.of(
            new StoredWebhook(
                "stripe", "evt_1", "invoice.paid", 1_000, 2_000, "sub_1", "cus_1", "applied", "{}"),
            new StoredWebhook(
                "standard", "msg_1", "ping", 1_000, 2_000, null, null, "ignored", "{\"type\":1}")),
        "older");
  }

  private static EntitlementVerdict verdict(CheckEntitlement question) {
    return new EntitlementVerdict(
        question.userId(),
        false,
        100L,
        new BigDecimal("99.5"),
        new BigDecimal("0.5"),
        1_798_000_000_000L,
        false,
        Entitlement.State.FRESH,
        "limit_reached",
        new Unlock("pro", null));
  }

  private static EntitlementUsed used(UseEntitlement order) {
    boolean held = order.holdMs() != null;
    return new EntitlementUsed(
        order.userId(),
        order.feature(),
        true,
        order.amount(),
        10L,
        4,
        6L,
        null,
        false,
        held ? PROMPT_ID : null,
        held ? Long.valueOf(1_795_530_060_000L) : null,
        null);
  }

  private static DefinitionItem definition(
      Definition.Kind kind, String key, @Nullable Long updatedAtMs) {
    Definition definition =
        switch (kind) {
          case FLAG -> new FlagDefinition(key, true, 12.5, List.of("ada"), Surface.SERVER);
          case SEGMENT -> new Targeting.Segment(key, List.of());
          case HOLDOUT -> new Targeting.Holdout(key, 5);
        };
    return new DefinitionItem(
        kind, key, FlagForm.text(definition), DefinitionItem.Source.API, updatedAtMs);
  }

  private static DefinitionList definitions(ListDefinitions question) {
    String key = question.key() == null ? "beta" : question.key();
    return new DefinitionList(
        7,
        Arrays.stream(Definition.Kind.values())
            .filter(kind -> question.kind() == null || question.kind() == kind)
            .map(kind -> definition(kind, key, 2_000L))
            .toList());
  }

  private static DefinitionChange definitionChange(@Nullable DefinitionItem item) {
    return new DefinitionChange(
        8, true, item, List.of("a"), List.of("b"), Map.of("a", 3_000L), List.of("Doubtful."));
  }

  private static DefinitionsApplied applied(ApplyDefinitions order) {
    return new DefinitionsApplied(
        8,
        order.dryRun(),
        List.of(
            new Difference("changed", Definition.Kind.FLAG, "beta", List.of("enabled")),
            new Difference("removed", Definition.Kind.SEGMENT, "staff", List.of())),
        List.of("a"),
        List.of("b"),
        Map.of("a", 3_000L),
        List.of("Left alone."));
  }

  private static FlagSchedule schedule(String key) {
    return new FlagSchedule(
        key,
        List.of(
            new ScheduledChange(1_000, true, null, 1_001L),
            new ScheduledChange(2_000, null, 50.0, null)));
  }

  private static RuleChange ruleChange(@Nullable RuleState rule) {
    return new RuleChange(
        8, true, rule, List.of("a"), List.of("b"), Map.of("a", 3_000L), List.of("It is doubtful."));
  }

  private static AuditPage audit() {
    return new AuditPage(
        List.of(
            new AuditEntry(
                9, 1_000, "operator", "changed", "flag", "beta", 8, "{\"a\":1}", "{\"a\":2}"),
            new AuditEntry(8, 900, "file", "added", "meter", "m", 1, null, "{}")),
        8L);
  }

  private static FlagReport flagReport() {
    return new FlagReport(
        7,
        30,
        1_000,
        2_000L,
        List.of(new StaleFlag("old", false, null, 500), new StaleFlag("page", true, 600L, 500)),
        List.of(new UnknownFlag("exprot", 12, 3_000, true, true)));
  }

  private static FlagEvaluatedAt evaluatedAt() {
    return new FlagEvaluatedAt(
        new FlagAnswer(true, "on", "TARGETING_MATCH", 5, "beta"),
        new FlagDefinition("export", true, 50, List.of("ada"), Surface.SERVER),
        "api",
        1_000,
        null,
        List.of("tier"));
  }

  private static SchemaList schemas() {
    return new SchemaList(
        7,
        List.of(
            new EventSchema(
                "clicked", "1.0.0", EventSchema.Source.FILE, "{\"type\":\"object\"}", 0),
            new EventSchema("clicked", "1.1.0", EventSchema.Source.API, "{}", 2_000)));
  }

  private static SchemaChange schemaChange() {
    return new SchemaChange(
        8, true, List.of("a", "b"), List.of("c"), Map.of("a", 3_000L, "b", 3_001L));
  }

  private <Q, R> Future<Void> room(Bus bus, Ask<Q, R> channel, Function<Q, R> usual) {
    return bus.answer(
        channel,
        question -> {
          asked.add(question);
          Function<Object, Future<?>> other = instead.get(channel.address());
          return other == null
              ? Future.succeededFuture(usual.apply(question))
              : other.apply(question).map(channel.answer()::cast);
        });
  }

  /** Forgets what was asked, and answers as usual again. */
  void reset() {
    asked.clear();
    instead.clear();
  }

  <Q, R> void answer(Ask<Q, R> channel, Function<Q, Future<R>> answer) {
    instead.put(channel.address(), question -> answer.apply(channel.question().cast(question)));
  }

  <Q, R> void refuse(Ask<Q, R> channel, RoomException refusal) {
    answer(channel, question -> Future.failedFuture(refusal));
  }

  void nothingPending() {
    answer(
        Channels.LIST_PENDING_PROMPTS,
        question -> Future.succeededFuture(new PendingPrompts(List.of())));
  }

  /** What was asked of this kind so far, in order. */
  <T> List<T> asked(Class<T> type) {
    return asked.stream().filter(type::isInstance).map(type::cast).toList();
  }

  <T> T onlyAsked(Class<T> type) {
    List<T> all = asked(type);
    if (all.size() != 1) {
      throw new AssertionError(all.size() + " times was asked: " + type.getSimpleName());
    }
    return all.get(0);
  }

  static ErasureStatus erased() {
    return new ErasureStatus(PROMPT_ID, 1_000, 2_000L, Map.of("ingest", 1_500L));
  }

  static EventsRecorded recorded() {
    return new EventsRecorded(
        2,
        1,
        List.of(
            new RejectedEvent(3, EVENT_ID, "wrong_type", "Send a text.", "/name"),
            new RejectedEvent(4, null, "missing_field", "Send an id.", "/event_id")),
        1);
  }

  private static EventPage events() {
    return new EventPage(
        List.of(
            new StoredEvent(
                EVENT_ID,
                "project_created",
                "ada",
                "acme",
                "anon-1",
                null,
                "1.0.0",
                1_000,
                2_000,
                true,
                Map.of("project_type", "web", "n", 1)),
            new StoredEvent(
                EVENT_ID, "page", null, null, null, null, "1.0.0", 1_000, 2_000, false, Map.of())),
        "older");
  }

  private static QuarantineGroups quarantineGroups() {
    return new QuarantineGroups(
        List.of(
            new QuarantineGroup(
                "invited", "required_missing", "/properties/role", "1.0.0", 5, 2, 1, 1, 2, "{}"),
            new QuarantineGroup(null, "not_an_object", "", null, 1, 0, 1, 1, 2, null)),
        "more");
  }

  private static QuarantinePage quarantine() {
    return new QuarantinePage(
        List.of(
            new QuarantinedEvent(
                9,
                "invited",
                EVENT_ID,
                "ada",
                "1.0.0",
                "required_missing",
                "/properties/role",
                "Send it.",
                1_000,
                1_000,
                2_000,
                4,
                true,
                "{\"name\":\"invited\"}"),
            new QuarantinedEvent(
                8,
                null,
                null,
                null,
                null,
                "not_an_object",
                "",
                "Send it.",
                1,
                1,
                2,
                1,
                false,
                "7")),
        "8");
  }

  static FlagAnswer answer() {
    return new FlagAnswer(
        true,
        "on",
        "SPLIT",
        7,
        "beta",
        5,
        new UsedFacts(3L, new TreeMap<>(Map.of("api_calls", 40, "tokens", 2.5))));
  }

  static FlagSet flags() {
    return new FlagSet(
        7,
        List.of(
            new FlagDefinition("export", true, 50, List.of("ada", "bob"), Surface.CLIENT),
            new FlagDefinition("half", true, 12.5, List.of(), Surface.CLIENT),
            new FlagDefinition("secret_plan", false, 100, List.of("ada"), Surface.SERVER)),
        null,
        null,
        Map.of("export", 5L));
  }

  private static Entitlement at(Entitlement now, @Nullable Long atMs) {
    return new Entitlement(
        now.userId(),
        now.tier(),
        now.limits(),
        now.unlimited(),
        now.features(),
        now.lastSyncMs(),
        now.state(),
        now.reason(),
        now.graceUntilMs(),
        now.expiresAtMs(),
        now.revision(),
        atMs);
  }

  static Entitlement entitlement(String userId, long revision) {
    return new Entitlement(
        userId,
        "pro",
        Map.of("api_calls", 10_000L),
        List.of("seats"),
        List.of("advanced_export"),
        1_700_000_000_000L,
        Entitlement.State.GRACE,
        "renewal_pending",
        1_700_000_100_000L,
        null,
        revision);
  }

  static Prompt prompt(String id) {
    return new Prompt(
        id,
        "api_calls",
        "api_calls",
        51,
        50,
        null,
        "Title",
        "Body",
        "Upgrade",
        "/pricing",
        1_900_000_000_000L);
  }
}
