package io.growthbus.shared.bus;

import io.growthbus.shared.flags.Definition;
import io.growthbus.shared.flags.FlagDefinition;
import io.growthbus.shared.flags.FlagDefinition.Surface;
import io.growthbus.shared.message.AccountMemberChange;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.ApplyDefinitions;
import io.growthbus.shared.message.AuditEntry;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.DefinitionChange;
import io.growthbus.shared.message.DefinitionItem;
import io.growthbus.shared.message.DefinitionList;
import io.growthbus.shared.message.DefinitionsApplied;
import io.growthbus.shared.message.DeleteDefinition;
import io.growthbus.shared.message.DeleteMeter;
import io.growthbus.shared.message.DeleteOverride;
import io.growthbus.shared.message.DeleteRule;
import io.growthbus.shared.message.DeleteSchema;
import io.growthbus.shared.message.Entitlement;
import io.growthbus.shared.message.EntitlementChanged;
import io.growthbus.shared.message.EntitlementUsed;
import io.growthbus.shared.message.EntitlementVerdict;
import io.growthbus.shared.message.EraseUser;
import io.growthbus.shared.message.ErasureOrdered;
import io.growthbus.shared.message.ErasureStatus;
import io.growthbus.shared.message.EvaluateFlag;
import io.growthbus.shared.message.EvaluateFlagAt;
import io.growthbus.shared.message.EvaluateFlags;
import io.growthbus.shared.message.EventAnnotation;
import io.growthbus.shared.message.EventPage;
import io.growthbus.shared.message.EventSchema;
import io.growthbus.shared.message.EventsRecorded;
import io.growthbus.shared.message.ExplainPrompt;
import io.growthbus.shared.message.ExportPage;
import io.growthbus.shared.message.ExportUser;
import io.growthbus.shared.message.FindWaitingPrompts;
import io.growthbus.shared.message.FlagAnswer;
import io.growthbus.shared.message.FlagAnswers;
import io.growthbus.shared.message.FlagEvaluatedAt;
import io.growthbus.shared.message.FlagImpact;
import io.growthbus.shared.message.FlagPreview;
import io.growthbus.shared.message.FlagReport;
import io.growthbus.shared.message.FlagSchedule;
import io.growthbus.shared.message.FlagSet;
import io.growthbus.shared.message.FlagsChanged;
import io.growthbus.shared.message.FlagsEvaluated;
import io.growthbus.shared.message.GenerateTypes;
import io.growthbus.shared.message.GeneratedTypes;
import io.growthbus.shared.message.ListAudit;
import io.growthbus.shared.message.ListDefinitions;
import io.growthbus.shared.message.ListEvents;
import io.growthbus.shared.message.ListMeters;
import io.growthbus.shared.message.ListPendingPrompts;
import io.growthbus.shared.message.ListQuarantine;
import io.growthbus.shared.message.ListQuarantineGroups;
import io.growthbus.shared.message.ListReconciliations;
import io.growthbus.shared.message.ListRules;
import io.growthbus.shared.message.ListSchemas;
import io.growthbus.shared.message.ListWebhooks;
import io.growthbus.shared.message.MeasureImpact;
import io.growthbus.shared.message.MembersNamed;
import io.growthbus.shared.message.MeterChange;
import io.growthbus.shared.message.MeterList;
import io.growthbus.shared.message.MeterReading;
import io.growthbus.shared.message.MeterState;
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.MetersChanged;
import io.growthbus.shared.message.OverrideChange;
import io.growthbus.shared.message.OverrideState;
import io.growthbus.shared.message.OverrideSubject;
import io.growthbus.shared.message.PendingPrompts;
import io.growthbus.shared.message.PreviewFlag;
import io.growthbus.shared.message.Prompt;
import io.growthbus.shared.message.PromptAcknowledged;
import io.growthbus.shared.message.PromptExplanation;
import io.growthbus.shared.message.PromptRaised;
import io.growthbus.shared.message.PromptRetracted;
import io.growthbus.shared.message.PublishSchema;
import io.growthbus.shared.message.PutAccountMember;
import io.growthbus.shared.message.PutDefinition;
import io.growthbus.shared.message.PutMeter;
import io.growthbus.shared.message.PutOverride;
import io.growthbus.shared.message.PutRule;
import io.growthbus.shared.message.PutSchedule;
import io.growthbus.shared.message.QuarantineGroup;
import io.growthbus.shared.message.QuarantineGroups;
import io.growthbus.shared.message.QuarantinePage;
import io.growthbus.shared.message.QuarantineReplayed;
import io.growthbus.shared.message.QuarantineSelector;
import io.growthbus.shared.message.QuarantinedEvent;
import io.growthbus.shared.message.ReadConsent;
import io.growthbus.shared.message.ReadErasure;
import io.growthbus.shared.message.ReadFlagReport;
import io.growthbus.shared.message.ReadFlagSet;
import io.growthbus.shared.message.ReadOverride;
import io.growthbus.shared.message.ReadSchedule;
import io.growthbus.shared.message.ReadUsage;
import io.growthbus.shared.message.ReadUsages;
import io.growthbus.shared.message.ReapplyWebhooks;
import io.growthbus.shared.message.ReceiveWebhook;
import io.growthbus.shared.message.ReconciliationRun;
import io.growthbus.shared.message.Reconciliations;
import io.growthbus.shared.message.RecordEvents;
import io.growthbus.shared.message.RejectedEvent;
import io.growthbus.shared.message.ReplayQuarantine;
import io.growthbus.shared.message.ReservationSettled;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.RevisionApplied;
import io.growthbus.shared.message.RuleChange;
import io.growthbus.shared.message.RuleList;
import io.growthbus.shared.message.RuleState;
import io.growthbus.shared.message.RulesChanged;
import io.growthbus.shared.message.SampleUsers;
import io.growthbus.shared.message.ScheduledChange;
import io.growthbus.shared.message.SchemaChange;
import io.growthbus.shared.message.SchemaList;
import io.growthbus.shared.message.SchemasChanged;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.StartReconciliation;
import io.growthbus.shared.message.StoredEvent;
import io.growthbus.shared.message.StoredWebhook;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.message.UsedFacts;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.message.UserForgotten;
import io.growthbus.shared.message.UserSample;
import io.growthbus.shared.message.WaitingPrompts;
import io.growthbus.shared.message.WebhookPage;
import io.growthbus.shared.message.WebhookReceived;
import io.growthbus.shared.message.WebhooksReapplied;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One message of each type that travels, every component set, and those with nothing optional. */
final class SampleMessages {
  private static final Prompt PROMPT =
      new Prompt(
          "0190b7a2-0000-7000-8000-000000000001",
          "api_calls",
          "api_calls",
          50,
          50,
          "on",
          "Half of your API calls are used",
          "50 of 100 calls used – upgrade?",
          "Raise my limit",
          "/pricing",
          1_795_540_000_000L);

  private static final QuarantineSelector SELECTOR =
      new QuarantineSelector("api_call", "required_missing", "/properties/role", List.of(9L));

  private static final MeterState METER =
      new MeterState(
          "api_calls",
          "{\"event\":\"api_call\"}",
          MeterState.Source.API,
          7,
          new MeterState.Backfill("counting", 3, 30));

  private static final OverrideSubject ACCOUNT =
      new OverrideSubject(OverrideSubject.Kind.ACCOUNT, "acme");

  private static final DefinitionItem ITEM =
      new DefinitionItem(
          Definition.Kind.FLAG,
          "a",
          "{\"key\":\"a\"}",
          DefinitionItem.Source.API,
          1_795_530_000_000L);

  private static final RuleState RULE =
      new RuleState(
          "api_calls", "{\"key\":\"api_calls\"}", DefinitionItem.Source.API, 1_795_530_000_000L);

  private SampleMessages() {}

  /** Every component has a value. */
  static Stream<Record> full() {
    return Stream.of(
        new AcknowledgePrompt("u1", PROMPT.promptId(), AcknowledgePrompt.Action.SNOOZED),
        new DeleteSchema("api_call", "1.1.0", 7L),
        new EraseUser("u1", true),
        new ErasureOrdered("0190b7a2-0000-7000-8000-000000000009", "u1", true),
        new ErasureStatus(
            "0190b7a2-0000-7000-8000-000000000009",
            1_795_530_000_000L,
            1_795_530_060_000L,
            Map.of("ingest", 1_795_530_050_000L)),
        new ExportPage(List.of("{\"type\":\"counter\"}"), "[\"a\",1]"),
        new ExportUser("u1", "[\"a\",1]"),
        new ReadErasure("0190b7a2-0000-7000-8000-000000000009"),
        new UserForgotten("u1"),
        new Entitlement(
            "u1",
            "pro",
            Map.of("api_calls", 10_000L),
            List.of("seats"),
            List.of("advanced_export"),
            1_795_530_000_000L,
            Entitlement.State.GRACE,
            "grace",
            1_795_540_000_000L,
            1_795_550_000_000L,
            7),
        new EntitlementChanged("u1", 7),
        new MembersNamed(3),
        new EvaluateFlag("advanced_export", "u1", Map.of("country", "DE", "seats", 3)),
        new EvaluateFlags("u1", Map.of("beta", true), List.of("a", "b")),
        new EventPage(
            List.of(
                new StoredEvent(
                    "0190b7a2-0000-7000-8000-000000000002",
                    "api_call",
                    "u1",
                    "acme",
                    "anon1",
                    "ajs-next-1764000000000",
                    "1.0.0",
                    1_795_530_000_000L,
                    1_795_530_000_100L,
                    true,
                    Map.of("endpoint", "/v1/x", "status_code", 200))),
            "cursor1"),
        new EventsRecorded(
            3,
            1,
            List.of(
                new RejectedEvent(
                    2,
                    "0190b7a2-0000-7000-8000-000000000003",
                    "property_missing",
                    "The event needs this property.",
                    "/properties/role")),
            4,
            1),
        new FlagAnswer(true, "on", "SPLIT", 12),
        new FlagAnswers(12, Map.of("a", new FlagAnswer(false, "off", "DISABLED", 12))),
        new FlagSet(
            12, List.of(new FlagDefinition("a", true, 12.5, List.of("u1"), Surface.SERVER))),
        new FlagsChanged(12),
        new GenerateTypes(),
        new GeneratedTypes(7, "export {};"),
        new ListEvents("u1", "api_call", 100, "cursor1"),
        new ListPendingPrompts("u1"),
        new FindWaitingPrompts(List.of("u1", "u2")),
        new WaitingPrompts(List.of(new WaitingPrompts.Waiting("u1", PROMPT.promptId()))),
        new ListSchemas("api_call"),
        new PendingPrompts(List.of(PROMPT)),
        new PromptAcknowledged(PROMPT.promptId(), "snoozed"),
        new PromptRaised("u1", PROMPT),
        new PromptRetracted("u1", PROMPT.promptId(), "upgraded"),
        new PublishSchema("api_call", "1.1.0", "{\"type\":\"object\"}", 7L),
        new ReadFlagSet(),
        new ReceiveWebhook(
            "stripe", Map.of("stripe-signature", "t=1,v1=ab"), bytes("{\"id\":\"evt_1\"}"), 9),
        new RecordEvents(bytes("{\"batch\":[]}"), "u1", true, 9),
        new ResolveEntitlement("u1"),
        new RevisionApplied("4711@host-3f2a", 8),
        new SchemaChange(8, true),
        new SchemaList(
            8,
            List.of(
                new EventSchema(
                    "api_call",
                    "1.1.0",
                    EventSchema.Source.API,
                    "{\"type\":\"object\"}",
                    1_795_530_000_000L))),
        new SchemasChanged(8),
        new UsageAdvanced(List.of(new MeterReading("u1", "api_calls", 51))),
        new FlagsEvaluated(List.of(new FlagsEvaluated.Count("beta", 12))),
        new WebhookReceived("evt_1", "applied"),
        new ListWebhooks("stripe", "unlinked", 100, "cursor1"),
        new WebhookPage(
            List.of(
                new StoredWebhook(
                    "stripe",
                    "evt_1",
                    "invoice.paid",
                    1_795_530_000_000L,
                    1_795_530_000_100L,
                    "sub_1",
                    "cus_1",
                    "applied",
                    "{}")),
            "cursor1"),
        new ReapplyWebhooks("stripe", "evt_1", "unlinked", 100),
        new WebhooksReapplied(Map.of("applied", 3), 1),
        new StartReconciliation("stripe"),
        new ListReconciliations(),
        new ReconciliationRun(
            7, "stripe", 1_795_530_000_000L, 1_795_530_060_000L, 1_000, 3, "stopped"),
        new Reconciliations(
            List.of(new ReconciliationRun(7, "stripe", 1_795_530_000_000L, null, 10, 0, null))),
        new ExplainPrompt("u1", "api_calls"),
        new PromptExplanation(
            "u1",
            "api_calls",
            "below_threshold",
            "Not yet.",
            List.of(new PromptExplanation.Step("counter", "below", "{\"value\":2}"))),
        new ListQuarantineGroups(100, "cursor1"),
        new QuarantineGroups(
            List.of(
                new QuarantineGroup(
                    "api_call",
                    "required_missing",
                    "/properties/role",
                    "1.0.0",
                    7,
                    2,
                    3,
                    1_795_530_000_000L,
                    1_795_530_000_100L,
                    "{}")),
            "cursor1"),
        new ListQuarantine(SELECTOR, 100, "cursor1"),
        new QuarantinePage(
            List.of(
                new QuarantinedEvent(
                    9,
                    "api_call",
                    "0190b7a2-0000-7000-8000-000000000002",
                    "u1",
                    "1.0.0",
                    "required_missing",
                    "/properties/role",
                    "The event needs this property.",
                    1_795_530_000_000L,
                    1_795_530_000_000L,
                    1_795_530_000_100L,
                    2,
                    true,
                    "{}")),
            "cursor1"),
        new ReplayQuarantine(SELECTOR, 1_000, 7, true, 1_795_530_000_000L),
        new QuarantineReplayed(
            3,
            1,
            2,
            1,
            List.of(new QuarantineReplayed.StillRefused(9, "required_missing", "/properties/role")),
            4,
            9L),
        new ListRules("api_calls"),
        new RuleList(9, List.of(RULE)),
        new PutRule("api_calls", "{\"meter\":\"api_calls\"}", 7L, "operator"),
        new DeleteRule("api_calls", 7L, "operator"),
        new RuleChange(
            9,
            true,
            RULE,
            List.of("a"),
            List.of("b"),
            Map.of("a", 1_795_530_000_000L),
            List.of("It names a meter of accounts.")),
        new RulesChanged(9),
        new ListMeters("api_calls"),
        new MeterList(9, List.of(METER)),
        new PutMeter("api_calls", "{\"event\":\"api_call\"}", 7L),
        new DeleteMeter("api_calls", 7L),
        new MeterChange(9, true, METER),
        new MetersChanged(9),
        new ReadUsage("api_calls", "acme", true),
        new MeterUsage("12.5", 1_795_500_000_000L, 1_798_000_000_000L),
        new ReadUsages("u1", "acme", List.of("api_calls", "seats")),
        new MeterUsages(Map.of("api_calls", "40")),
        new ReadConsent("u1"),
        new UserConsent(Map.of("marketing", UserConsent.Said.DENIED)),
        new PreviewFlag("a", "{}", List.of(new PreviewFlag.Context("u1", Map.of("country", "DE")))),
        new FlagPreview(
            12,
            List.of(
                new FlagPreview.Previewed(
                    new FlagAnswer(true, "on", "SPLIT", 12),
                    new FlagAnswer(false, "off", "DISABLED", 12)))),
        new MeasureImpact("a", "{}"),
        new FlagImpact(
            12,
            1_000,
            5_000,
            true,
            3,
            2,
            List.of(
                new FlagImpact.Change(
                    new FlagImpact.Outcome("off", "SPLIT"),
                    new FlagImpact.Outcome("on", "TARGETING_MATCH"),
                    3))),
        new SampleUsers(1_000),
        new UserSample(List.of("u1", "u2"), 5_000, true),
        new CheckEntitlement("u1", "exports", "api_calls", 3L),
        new EntitlementVerdict(
            "u1",
            false,
            100L,
            new BigDecimal("99.5"),
            new BigDecimal("0.5"),
            1_798_000_000_000L,
            true,
            Entitlement.State.GRACE,
            "limit_reached",
            new EntitlementVerdict.Unlock("pro", 10_000L)),
        new UseEntitlement("u1", "exports", 3, "k1", 60_000L),
        new EntitlementUsed(
            "u1",
            "exports",
            true,
            3,
            10L,
            9,
            1L,
            1_798_000_000_000L,
            true,
            "0190b7a2-0000-7000-8000-00000000000a",
            1_795_530_060_000L,
            new EntitlementVerdict.Unlock("pro", 100L)),
        new SettleReservation("0190b7a2-0000-7000-8000-00000000000a", true, 2L),
        new ReservationSettled(
            "0190b7a2-0000-7000-8000-00000000000a", "u1", "exports", "confirmed", 2),
        new ReadOverride(ACCOUNT),
        new OverrideState("{\"tier\":\"pro\"}", 7, 1_795_530_000_000L),
        new PutOverride(ACCOUNT, "{\"tier\":\"pro\"}", "operator", 7L),
        new DeleteOverride(ACCOUNT, "operator", 7L),
        new OverrideChange(8, true, "{\"tier\":\"pro\"}"),
        new PutAccountMember("acme", "u1", true),
        new AccountMemberChange(true),
        new ListDefinitions(Definition.Kind.FLAG, "a"),
        new DefinitionList(12, List.of(ITEM)),
        new PutDefinition(Definition.Kind.FLAG, "a", "{\"enabled\":true}", 7L, "operator"),
        new DeleteDefinition(Definition.Kind.SEGMENT, "staff", 7L, "operator"),
        new DefinitionChange(
            12,
            true,
            ITEM,
            List.of("4711@host-3f2a"),
            List.of("4712@host-11b0"),
            Map.of("4711@host-3f2a", 1_795_530_000_020L),
            List.of("/key: is doubtful")),
        new ApplyDefinitions("{\"flags\":{}}", 7L, true, "operator"),
        new DefinitionsApplied(
            12,
            true,
            List.of(
                new DefinitionsApplied.Difference(
                    "changed", Definition.Kind.FLAG, "a", List.of("enabled"))),
            List.of("4711@host-3f2a"),
            List.of("4712@host-11b0"),
            Map.of("4711@host-3f2a", 1_795_530_000_020L),
            List.of("a is left alone")),
        new ReadSchedule("a"),
        new PutSchedule("a", "[]", "operator"),
        new FlagSchedule(
            "a", List.of(new ScheduledChange(1_795_540_000_000L, true, 12.5, 1_795_540_000_010L))),
        new ListAudit("flag", "a", "operator", 100, 9L),
        new AuditPage(
            List.of(
                new AuditEntry(
                    8,
                    1_795_530_000_000L,
                    "operator",
                    "changed",
                    "flag",
                    "a",
                    12,
                    "{\"enabled\":false}",
                    "{\"enabled\":true}")),
            8L),
        new ReadFlagReport(),
        new FlagReport(
            12,
            30,
            1_790_000_000_000L,
            1_795_500_000_000L,
            List.of(new FlagReport.StaleFlag("a", true, 1_791_000_000_000L, 1_790_000_000_000L)),
            List.of(new FlagReport.UnknownFlag("b", 7, 1_795_500_000_000L, true, false))),
        new EvaluateFlagAt("a", "u1", Map.of("country", "DE"), 1_795_500_000_000L),
        new FlagEvaluatedAt(
            new FlagAnswer(true, "on", "SPLIT", 12),
            new FlagDefinition("a", true, 12.5, List.of("u1"), Surface.SERVER),
            "file",
            1_795_400_000_000L,
            1_795_600_000_000L,
            List.of("tier")));
  }

  /** Components that the stored forms do not know have a value. */
  static Stream<Record> newer() {
    return Stream.of(
        new ResolveEntitlement("u1", 1_795_530_000_000L),
        new Entitlement(
            "u1",
            "pro",
            Map.of(),
            List.of(),
            List.of(),
            1_795_540_000_000L,
            Entitlement.State.FRESH,
            "active",
            null,
            null,
            7,
            1_795_530_000_000L));
  }

  /** What may be absent is. */
  static Stream<Record> sparse() {
    return Stream.of(
        new Entitlement(
            "u1",
            "free",
            Map.of(),
            List.of(),
            List.of(),
            0,
            Entitlement.State.FALLBACK,
            "none",
            null,
            null,
            0),
        new ErasureStatus("o", 1, null, Map.of()),
        new ExportPage(List.of(), null),
        new ExportUser("u1", null),
        new EvaluateFlag("a", null, null),
        new EvaluateFlags(null, null, null),
        new EventPage(List.of(), null),
        new EventPage(
            List.of(
                new StoredEvent("e", "n", null, null, null, null, "1.0.0", 1, 2, false, Map.of())),
            null),
        new EventPage(
            List.of(
                new StoredEvent(
                    "e",
                    "n",
                    null,
                    null,
                    null,
                    null,
                    "1.0.0",
                    1,
                    2,
                    false,
                    Map.of(),
                    List.of(new EventAnnotation("additional_property", "/properties/x")))),
            null),
        new EventPage(
            List.of(
                new StoredEvent(
                    "e",
                    "n",
                    null,
                    null,
                    null,
                    null,
                    "1.0.0",
                    1,
                    2,
                    false,
                    Map.of(),
                    null,
                    Collections.singletonMap("ads", null),
                    true)),
            null),
        new DeleteSchema("n", null, null),
        new ListSchemas(null),
        new PublishSchema("n", "1.0.0", "{}", null),
        new SchemaChange(8, true, List.of("a"), List.of(), null),
        new EventsRecorded(
            0, 0, List.of(new RejectedEvent(0, null, "no_id", "An id is missing.", "")), 0),
        new FlagAnswer(false, null, "FLAG_NOT_FOUND", 0),
        new ReadFlagSet(12),
        new ListEvents(null, null, 1, null),
        new PromptRaised("u1", new Prompt("p", "r", "e", 1, 1, null, "t", "b", "l", "/u", 1)),
        new RecordEvents(new byte[0], null, false, 0, true),
        new RecordEvents(new byte[0], null, false, 0),
        new ListQuarantineGroups(1, null),
        new QuarantineGroups(
            List.of(new QuarantineGroup(null, "too_deep", "", null, 1, 0, 1, 1, 2, null)), null),
        new ListQuarantine(new QuarantineSelector(null, null, null, null), 1, null),
        new QuarantinePage(
            List.of(
                new QuarantinedEvent(
                    1, null, null, null, null, "too_deep", "", "m", 1, 1, 2, 1, false, "")),
            null),
        new QuarantineReplayed(0, 0, 0, 0, List.of(), 0, null),
        new ListMeters(null),
        new ListRules(null),
        new RuleList(1, List.of(new RuleState("r", "{}", DefinitionItem.Source.FILE, null))),
        new PutRule("r", "{}", null, "operator"),
        new DeleteRule("r", null, "operator"),
        new RuleChange(1, false, null, List.of(), List.of(), Map.of(), List.of()),
        new PutMeter("m", "{}", null),
        new DeleteMeter("m", null),
        new MeterChange(9, true, null),
        new MeterList(1, List.of(new MeterState("m", "{}", MeterState.Source.FILE, 1, null))),
        new MeterUsage("0", null, null),
        new ReadUsages(null, null, List.of()),
        new PreviewFlag("a", null, List.of(new PreviewFlag.Context(null, null))),
        new FlagAnswer(
            "blue", "b", "TARGETING_MATCH", 9, "r", 4, new UsedFacts(3L, Map.of("api_calls", 40))),
        new EvaluateFlag("a", "u", null, true, true, true),
        new CheckEntitlement("u1", null, null, null),
        new EntitlementVerdict(
            "u1",
            true,
            null,
            null,
            null,
            null,
            false,
            Entitlement.State.FRESH,
            "included",
            new EntitlementVerdict.Unlock("pro", null)),
        new UseEntitlement("u1", "exports", 1, "k1", null),
        new EntitlementUsed("u1", "exports", true, 1, null, 1, null, null, false, null, null, null),
        new SettleReservation("r", false, null),
        new PutOverride(ACCOUNT, "{}", "operator", null),
        new DeleteOverride(ACCOUNT, "operator", null),
        new OverrideChange(8, true, null),
        new MeterChange(9, true, null, List.of("a"), List.of(), Map.of("a", 1L)),
        new SchemaChange(8, true, List.of("a"), List.of(), Map.of("a", 1L)),
        new PutMeter("m", "{}", null, "operator"),
        new DeleteMeter("m", null, "operator"),
        new PublishSchema("n", "1.0.0", "{}", null, "operator"),
        new DeleteSchema("n", null, null, "operator"),
        new ListDefinitions(null, null),
        new PutDefinition(Definition.Kind.HOLDOUT, "h", "{}", null, "operator"),
        new DeleteDefinition(Definition.Kind.HOLDOUT, "h", null, "operator"),
        new DefinitionChange(1, false, null, List.of(), List.of(), Map.of(), List.of()),
        new ApplyDefinitions("{}", null, false, "operator"),
        new PutSchedule("a", null, "operator"),
        new FlagSchedule("a", List.of(new ScheduledChange(1, null, null, null))),
        new ListAudit(null, null, null, 1, null),
        new AuditPage(
            List.of(new AuditEntry(1, 1, "file", "added", "flag", "a", 1, null, null)), null),
        new FlagReport(
            0, 30, 1, null, List.of(new FlagReport.StaleFlag("a", false, null, 1)), List.of()),
        new EvaluateFlagAt("a", null, null, 1),
        new FlagEvaluatedAt(
            new FlagAnswer(false, "off", "DISABLED", 1),
            new FlagDefinition("a", false, 0, List.of(), Surface.CLIENT),
            "api",
            1,
            null,
            List.of()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
