package io.growthbus.shared.bus;

import io.growthbus.shared.message.AccountMemberChange;
import io.growthbus.shared.message.AcknowledgePrompt;
import io.growthbus.shared.message.ApplyDefinitions;
import io.growthbus.shared.message.AuditPage;
import io.growthbus.shared.message.CheckEntitlement;
import io.growthbus.shared.message.DefinitionChange;
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
import io.growthbus.shared.message.EventPage;
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
import io.growthbus.shared.message.MeterUsage;
import io.growthbus.shared.message.MeterUsages;
import io.growthbus.shared.message.MetersChanged;
import io.growthbus.shared.message.OverrideChange;
import io.growthbus.shared.message.OverrideState;
import io.growthbus.shared.message.PendingPrompts;
import io.growthbus.shared.message.PreviewFlag;
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
import io.growthbus.shared.message.QuarantineGroups;
import io.growthbus.shared.message.QuarantinePage;
import io.growthbus.shared.message.QuarantineReplayed;
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
import io.growthbus.shared.message.ReplayQuarantine;
import io.growthbus.shared.message.ReservationSettled;
import io.growthbus.shared.message.ResolveEntitlement;
import io.growthbus.shared.message.RevisionApplied;
import io.growthbus.shared.message.RuleChange;
import io.growthbus.shared.message.RuleList;
import io.growthbus.shared.message.RulesChanged;
import io.growthbus.shared.message.SampleUsers;
import io.growthbus.shared.message.SchemaChange;
import io.growthbus.shared.message.SchemaList;
import io.growthbus.shared.message.SchemasChanged;
import io.growthbus.shared.message.SettleReservation;
import io.growthbus.shared.message.StartReconciliation;
import io.growthbus.shared.message.UsageAdvanced;
import io.growthbus.shared.message.UseEntitlement;
import io.growthbus.shared.message.UserConsent;
import io.growthbus.shared.message.UserForgotten;
import io.growthbus.shared.message.UserSample;
import io.growthbus.shared.message.WaitingPrompts;
import io.growthbus.shared.message.WebhookPage;
import io.growthbus.shared.message.WebhookReceived;
import io.growthbus.shared.message.WebhooksReapplied;
import java.time.Duration;

/**
 * Every address of the event bus, with its kind, owner, users, and what a lost message costs.
 *
 * <p>The bus delivers at most once. Nothing here is the truth: PostgreSQL is, and each line says
 * how the loss is repaired from it.
 */
public final class Channels {
  /**
   * Owner ingest; from edge. Stores a batch; the reply comes after the commit. Lost: the asker gets
   * {@code room_timeout}, answers 503, and the sender repeats the same ids.
   */
  public static final Ask<RecordEvents, EventsRecorded> RECORD_EVENTS =
      new Ask<>(
          "growthbus.ingest.record",
          RecordEvents.class,
          EventsRecorded.class,
          Duration.ofSeconds(6));

  /** Owner ingest; from edge. Reads stored events. Lost: the reader asks again. */
  public static final Ask<ListEvents, EventPage> LIST_EVENTS =
      new Ask<>(
          "growthbus.ingest.events", ListEvents.class, EventPage.class, Duration.ofSeconds(5));

  /** Owner ingest; from edge. Contracts of events. Lost: the asker asks again. */
  public static final Ask<ListSchemas, SchemaList> LIST_SCHEMAS =
      new Ask<>(
          "growthbus.ingest.schemas", ListSchemas.class, SchemaList.class, Duration.ofSeconds(2));

  /**
   * Owner ingest; from edge. Publishes a version of a contract; the reply comes after the commit.
   * Lost: the operator repeats the order, which is idempotent.
   */
  public static final Ask<PublishSchema, SchemaChange> PUBLISH_SCHEMA =
      new Ask<>(
          "growthbus.ingest.schema-publish",
          PublishSchema.class,
          SchemaChange.class,
          Duration.ofSeconds(5));

  /**
   * Owner ingest; from edge. Removes published versions of a contract; the reply comes after the
   * commit. Lost: the operator repeats the order.
   */
  public static final Ask<DeleteSchema, SchemaChange> DELETE_SCHEMA =
      new Ask<>(
          "growthbus.ingest.schema-delete",
          DeleteSchema.class,
          SchemaChange.class,
          Duration.ofSeconds(5));

  /** Owner ingest; from edge. Typed client code of the contracts. Lost: the asker asks again. */
  public static final Ask<GenerateTypes, GeneratedTypes> GENERATE_TYPES =
      new Ask<>(
          "growthbus.ingest.schema-types",
          GenerateTypes.class,
          GeneratedTypes.class,
          Duration.ofSeconds(2));

  /**
   * Owner ingest; to ingest of every node. The registry of contracts has a new revision. Lost: each
   * node polls the revision.
   */
  public static final Broadcast<SchemasChanged> SCHEMAS_CHANGED =
      new Broadcast<>("growthbus.ingest.schemas-changed", SchemasChanged.class);

  /** Owner flags; from edge and any service. One flag for one user. Lost: the asker asks again. */
  public static final Ask<EvaluateFlag, FlagAnswer> EVALUATE_FLAG =
      new Ask<>(
          "growthbus.flags.evaluate", EvaluateFlag.class, FlagAnswer.class, Duration.ofSeconds(2));

  /** Owner flags; from edge. Several flags for one user. Lost: the asker asks again. */
  public static final Ask<EvaluateFlags, FlagAnswers> EVALUATE_FLAGS =
      new Ask<>(
          "growthbus.flags.evaluate-all",
          EvaluateFlags.class,
          FlagAnswers.class,
          Duration.ofSeconds(2));

  /**
   * Owner flags; from edge and every {@link io.growthbus.shared.client.FlagClient}. The definitions
   * and their revision. Lost: the asker asks again.
   */
  public static final Ask<ReadFlagSet, FlagSet> READ_FLAG_SET =
      new Ask<>("growthbus.flags.set", ReadFlagSet.class, FlagSet.class, Duration.ofSeconds(2));

  /**
   * Owner flags; to every edge and every {@link io.growthbus.shared.client.FlagClient}. The
   * definitions have a new revision. Lost: each node and each client polls the revision, browsers
   * fetch again with their next refresh.
   */
  public static final Broadcast<FlagsChanged> FLAGS_CHANGED =
      new Broadcast<>("growthbus.flags.changed", FlagsChanged.class);

  /**
   * Owner entitlements; from edge and activation. What a user may use, from memory or PostgreSQL,
   * never from a billing system; or what that was at a moment of the past, from PostgreSQL. Lost:
   * the asker asks again or waits for its sweep.
   */
  public static final Ask<ResolveEntitlement, Entitlement> RESOLVE_ENTITLEMENT =
      new Ask<>(
          "growthbus.entitlements.resolve",
          ResolveEntitlement.class,
          Entitlement.class,
          Duration.ofSeconds(2));

  /**
   * Owner entitlements; from edge. A billing system's delivery as received; the reply comes after
   * the commit. Lost: the provider gets 503 and delivers again.
   */
  public static final Ask<ReceiveWebhook, WebhookReceived> RECEIVE_WEBHOOK =
      new Ask<>(
          "growthbus.entitlements.webhook",
          ReceiveWebhook.class,
          WebhookReceived.class,
          Duration.ofSeconds(8));

  /**
   * Owner entitlements; to entitlements, activation and edge of every node. A user's entitlement
   * has a new revision. Lost: caches are wrong for one TTL at most, prompts are checked again when
   * shown.
   */
  public static final Broadcast<EntitlementChanged> ENTITLEMENT_CHANGED =
      new Broadcast<>("growthbus.entitlements.changed", EntitlementChanged.class);

  /**
   * Owner activation; from ingest. Counters that have advanced and are committed. Lost: the sweep
   * over changed counters finds the crossing seconds later.
   */
  public static final Work<UsageAdvanced> USAGE_ADVANCED =
      new Work<>("growthbus.activation.usage-advanced", UsageAdvanced.class);

  /**
   * Owner entitlements; from ingest. Events that say who belongs to which account are committed.
   * Lost: the sweep over what ingest keeps of them finds them seconds later.
   */
  public static final Work<MembersNamed> MEMBERS_NAMED =
      new Work<>("growthbus.entitlements.members-named", MembersNamed.class);

  /** Owner activation; from edge. Prompts that wait for a user. Lost: the page asks again. */
  public static final Ask<ListPendingPrompts, PendingPrompts> LIST_PENDING_PROMPTS =
      new Ask<>(
          "growthbus.activation.pending",
          ListPendingPrompts.class,
          PendingPrompts.class,
          Duration.ofSeconds(5));

  /**
   * Owner activation; from edge. Which users of open pages have prompts that no page has shown.
   * Lost: asked again seconds later.
   */
  public static final Ask<FindWaitingPrompts, WaitingPrompts> FIND_WAITING_PROMPTS =
      new Ask<>(
          "growthbus.activation.waiting",
          FindWaitingPrompts.class,
          WaitingPrompts.class,
          Duration.ofSeconds(5));

  /** Owner activation; from edge. What a user did with a prompt. Lost: the page repeats it. */
  public static final Ask<AcknowledgePrompt, PromptAcknowledged> ACKNOWLEDGE_PROMPT =
      new Ask<>(
          "growthbus.activation.acknowledge",
          AcknowledgePrompt.class,
          PromptAcknowledged.class,
          Duration.ofSeconds(5));

  /**
   * Owner activation; to every edge. A committed prompt for a user's open pages. Lost: delivered
   * when the page registers, or by the next sweep.
   */
  public static final Broadcast<PromptRaised> PROMPT_RAISED =
      new Broadcast<>("growthbus.activation.prompt-raised", PromptRaised.class);

  /**
   * Owner activation; to every edge. A prompt that must no longer be shown. Lost: the next
   * acknowledgement is refused and a reload does not show it.
   */
  public static final Broadcast<PromptRetracted> PROMPT_RETRACTED =
      new Broadcast<>("growthbus.activation.prompt-retracted", PromptRetracted.class);

  /** Owner ingest; from edge. Why events were refused. Lost: the asker asks again. */
  public static final Ask<ListQuarantineGroups, QuarantineGroups> LIST_QUARANTINE_GROUPS =
      new Ask<>(
          "growthbus.ingest.quarantine-groups",
          ListQuarantineGroups.class,
          QuarantineGroups.class,
          Duration.ofSeconds(5));

  /** Owner ingest; from edge. Refused events that are kept. Lost: the asker asks again. */
  public static final Ask<ListQuarantine, QuarantinePage> LIST_QUARANTINE =
      new Ask<>(
          "growthbus.ingest.quarantine",
          ListQuarantine.class,
          QuarantinePage.class,
          Duration.ofSeconds(5));

  /**
   * Owner ingest; from edge. Judges kept events again and stores those that pass; the reply comes
   * after the commits. Lost: the operator repeats the order; nothing is stored twice.
   */
  public static final Ask<ReplayQuarantine, QuarantineReplayed> REPLAY_QUARANTINE =
      new Ask<>(
          "growthbus.ingest.quarantine-replay",
          ReplayQuarantine.class,
          QuarantineReplayed.class,
          Duration.ofSeconds(9));

  /** Owner ingest; from edge. Definitions of meters. Lost: the asker asks again. */
  public static final Ask<ListMeters, MeterList> LIST_METERS =
      new Ask<>(
          "growthbus.ingest.meters", ListMeters.class, MeterList.class, Duration.ofSeconds(5));

  /**
   * Owner ingest; from edge. Defines a meter; the reply comes after the commit. Lost: the operator
   * repeats the order, which is idempotent.
   */
  public static final Ask<PutMeter, MeterChange> PUT_METER =
      new Ask<>(
          "growthbus.ingest.meter-put", PutMeter.class, MeterChange.class, Duration.ofSeconds(5));

  /**
   * Owner ingest; from edge. Removes a meter; the reply comes after the commit. Lost: the operator
   * repeats the order.
   */
  public static final Ask<DeleteMeter, MeterChange> DELETE_METER =
      new Ask<>(
          "growthbus.ingest.meter-delete",
          DeleteMeter.class,
          MeterChange.class,
          Duration.ofSeconds(5));

  /** Owner ingest; from edge. The value of a meter now. Lost: the asker asks again. */
  public static final Ask<ReadUsage, MeterUsage> READ_USAGE =
      new Ask<>("growthbus.ingest.usage", ReadUsage.class, MeterUsage.class, Duration.ofSeconds(5));

  /**
   * Owner ingest; to ingest of every node. The definitions of meters have a new revision. Lost:
   * each node polls the revision, and a commit under an old one is refused and repeated.
   */
  public static final Broadcast<MetersChanged> METERS_CHANGED =
      new Broadcast<>("growthbus.ingest.meters-changed", MetersChanged.class);

  /**
   * Owner ingest; to ingest of every node. A node acts by this revision of the contracts; said
   * again with every poll. Lost: the node counts as one that does not, until it says so again.
   */
  public static final Broadcast<RevisionApplied> SCHEMAS_APPLIED =
      new Broadcast<>("growthbus.ingest.schemas-applied", RevisionApplied.class);

  /**
   * Owner ingest; from edge. Orders the erasure of a user; the reply comes after the commit. Lost:
   * the caller repeats the order, which is idempotent while it is open.
   */
  public static final Ask<EraseUser, ErasureStatus> ERASE_USER =
      new Ask<>(
          "growthbus.ingest.erase", EraseUser.class, ErasureStatus.class, Duration.ofSeconds(6));

  /** Owner ingest; from edge. How far an erasure is. Lost: the asker asks again. */
  public static final Ask<ReadErasure, ErasureStatus> READ_ERASURE =
      new Ask<>(
          "growthbus.ingest.erasure",
          ReadErasure.class,
          ErasureStatus.class,
          Duration.ofSeconds(5));

  /**
   * Owner ingest; from each room that erases, to every room and every edge. A user is being erased.
   * Lost: rooms poll their open orders and who is suppressed; the next pass tells edges again.
   */
  public static final Broadcast<ErasureOrdered> ERASURE_ORDERED =
      new Broadcast<>("growthbus.ingest.erasure-ordered", ErasureOrdered.class);

  /**
   * Owner entitlements; to entitlements of every node. The subscriptions of a user were erased.
   * Lost: the next read finds that nothing is known of the user, one TTL later at most.
   */
  public static final Broadcast<UserForgotten> USER_FORGOTTEN =
      new Broadcast<>("growthbus.entitlements.user-forgotten", UserForgotten.class);

  /** Owner ingest; from edge. What it stores of a user, by pages. Lost: the export is cut off. */
  public static final Ask<ExportUser, ExportPage> EXPORT_FROM_INGEST = export("ingest");

  /** Owner flags; from edge. As {@link #EXPORT_FROM_INGEST}. */
  public static final Ask<ExportUser, ExportPage> EXPORT_FROM_FLAGS = export("flags");

  /** Owner entitlements; from edge. As {@link #EXPORT_FROM_INGEST}. */
  public static final Ask<ExportUser, ExportPage> EXPORT_FROM_ENTITLEMENTS = export("entitlements");

  /** Owner activation; from edge. As {@link #EXPORT_FROM_INGEST}. */
  public static final Ask<ExportUser, ExportPage> EXPORT_FROM_ACTIVATION = export("activation");

  /**
   * Owner ingest; from flags. The values of several meters now, in one read. Lost: the flag that
   * needs them says that they could not be read.
   */
  public static final Ask<ReadUsages, MeterUsages> READ_USAGES =
      new Ask<>(
          "growthbus.ingest.usages", ReadUsages.class, MeterUsages.class, Duration.ofSeconds(2));

  /**
   * Owner ingest; from activation. What a user has said about consent. Lost: the prompt waits until
   * the next sweep asks again.
   */
  public static final Ask<ReadConsent, UserConsent> READ_CONSENT =
      new Ask<>(
          "growthbus.ingest.consent", ReadConsent.class, UserConsent.class, Duration.ofSeconds(2));

  /** Owner ingest; from flags. Some of the known users. Lost: the operator asks again. */
  public static final Ask<SampleUsers, UserSample> SAMPLE_USERS =
      new Ask<>(
          "growthbus.ingest.sample-users",
          SampleUsers.class,
          UserSample.class,
          Duration.ofSeconds(6));

  /** Owner flags; from edge. What a flag answers or would. Lost: the operator asks again. */
  public static final Ask<PreviewFlag, FlagPreview> PREVIEW_FLAG =
      new Ask<>(
          "growthbus.flags.preview", PreviewFlag.class, FlagPreview.class, Duration.ofSeconds(9));

  /** Owner flags; from edge. Whom a change would concern. Lost: the operator asks again. */
  public static final Ask<MeasureImpact, FlagImpact> MEASURE_IMPACT =
      new Ask<>(
          "growthbus.flags.impact", MeasureImpact.class, FlagImpact.class, Duration.ofSeconds(9));

  /**
   * Owner entitlements; from edge and any service. Whether a user may use something now, from
   * memory, the ledger, or the meter of ingest. Lost: the asker asks again, or lets the posture of
   * the feature decide.
   */
  public static final Ask<CheckEntitlement, EntitlementVerdict> CHECK_ENTITLEMENT =
      new Ask<>(
          "growthbus.entitlements.check",
          CheckEntitlement.class,
          EntitlementVerdict.class,
          Duration.ofSeconds(2));

  /**
   * Owner entitlements; from edge and any service. Uses up or holds a part of a limit; the reply
   * comes after the commit. Lost: the asker repeats the order, which is idempotent.
   */
  public static final Ask<UseEntitlement, EntitlementUsed> USE_ENTITLEMENT =
      new Ask<>(
          "growthbus.entitlements.use",
          UseEntitlement.class,
          EntitlementUsed.class,
          Duration.ofSeconds(8));

  /**
   * Owner entitlements; from edge and any service. Confirms or gives back what is held; the reply
   * comes after the commit. Lost: the asker repeats the order, which is idempotent.
   */
  public static final Ask<SettleReservation, ReservationSettled> SETTLE_RESERVATION =
      new Ask<>(
          "growthbus.entitlements.settle",
          SettleReservation.class,
          ReservationSettled.class,
          Duration.ofSeconds(8));

  /** Owner entitlements; from edge. An override. Lost: the asker asks again. */
  public static final Ask<ReadOverride, OverrideState> READ_OVERRIDE =
      new Ask<>(
          "growthbus.entitlements.override",
          ReadOverride.class,
          OverrideState.class,
          Duration.ofSeconds(5));

  /**
   * Owner entitlements; from edge. Sets an override; the reply comes after the commit. Lost: the
   * operator repeats the order, which is idempotent.
   */
  public static final Ask<PutOverride, OverrideChange> PUT_OVERRIDE =
      new Ask<>(
          "growthbus.entitlements.override-put",
          PutOverride.class,
          OverrideChange.class,
          Duration.ofSeconds(8));

  /**
   * Owner entitlements; from edge. Takes an override away; the reply comes after the commit. Lost:
   * the operator repeats the order.
   */
  public static final Ask<DeleteOverride, OverrideChange> DELETE_OVERRIDE =
      new Ask<>(
          "growthbus.entitlements.override-delete",
          DeleteOverride.class,
          OverrideChange.class,
          Duration.ofSeconds(8));

  /**
   * Owner entitlements; from edge. Who belongs to an account; the reply comes after the commit.
   * Lost: the caller repeats the order, which is idempotent.
   */
  public static final Ask<PutAccountMember, AccountMemberChange> PUT_ACCOUNT_MEMBER =
      new Ask<>(
          "growthbus.entitlements.member-put",
          PutAccountMember.class,
          AccountMemberChange.class,
          Duration.ofSeconds(8));

  /** Owner flags; from edge. Definitions as they are stored. Lost: the asker asks again. */
  public static final Ask<ListDefinitions, DefinitionList> LIST_DEFINITIONS =
      new Ask<>(
          "growthbus.flags.definitions",
          ListDefinitions.class,
          DefinitionList.class,
          Duration.ofSeconds(5));

  /**
   * Owner flags; from edge. Defines a flag, a segment or a holdout; the reply comes after the
   * commit. Lost: the operator repeats the order, which is idempotent.
   */
  public static final Ask<PutDefinition, DefinitionChange> PUT_DEFINITION =
      new Ask<>(
          "growthbus.flags.definition-put",
          PutDefinition.class,
          DefinitionChange.class,
          Duration.ofSeconds(5));

  /**
   * Owner flags; from edge. Removes a definition; the reply comes after the commit. Lost: the
   * operator repeats the order.
   */
  public static final Ask<DeleteDefinition, DefinitionChange> DELETE_DEFINITION =
      new Ask<>(
          "growthbus.flags.definition-delete",
          DeleteDefinition.class,
          DefinitionChange.class,
          Duration.ofSeconds(5));

  /**
   * Owner flags; from edge. Makes the definitions those of a document; the reply comes after the
   * commit. Lost: the operator repeats the order, which is idempotent.
   */
  public static final Ask<ApplyDefinitions, DefinitionsApplied> APPLY_DEFINITIONS =
      new Ask<>(
          "growthbus.flags.definitions-apply",
          ApplyDefinitions.class,
          DefinitionsApplied.class,
          Duration.ofSeconds(9));

  /**
   * Owner flags; to flags of every node. A node acts by this revision of the definitions; said
   * again from time to time. Lost: the node counts as one that does not, until it says so again.
   */
  public static final Broadcast<RevisionApplied> FLAGS_APPLIED =
      new Broadcast<>("growthbus.flags.applied", RevisionApplied.class);

  /** Owner flags; from edge. Scheduled changes of a flag. Lost: the asker asks again. */
  public static final Ask<ReadSchedule, FlagSchedule> READ_SCHEDULE =
      new Ask<>(
          "growthbus.flags.schedule",
          ReadSchedule.class,
          FlagSchedule.class,
          Duration.ofSeconds(5));

  /**
   * Owner flags; from edge. Schedules changes of a flag; the reply comes after the commit. Lost:
   * the operator repeats the order.
   */
  public static final Ask<PutSchedule, FlagSchedule> PUT_SCHEDULE =
      new Ask<>(
          "growthbus.flags.schedule-put",
          PutSchedule.class,
          FlagSchedule.class,
          Duration.ofSeconds(5));

  /** Owner flags; from edge. Who changed what, of all rooms. Lost: the asker asks again. */
  public static final Ask<ListAudit, AuditPage> LIST_AUDIT =
      new Ask<>("growthbus.flags.audit", ListAudit.class, AuditPage.class, Duration.ofSeconds(5));

  /**
   * Owner ingest; to ingest of every node. A node counts by this revision of the meters; said again
   * with every poll. Lost: the node counts as one that does not, until it says so again.
   */
  public static final Broadcast<RevisionApplied> METERS_APPLIED =
      new Broadcast<>("growthbus.ingest.meters-applied", RevisionApplied.class);

  /**
   * Owner flags; from every {@link io.growthbus.shared.client.FlagClient}, once a minute. What it
   * has answered itself. Lost: it is not counted.
   */
  public static final Work<FlagsEvaluated> FLAGS_EVALUATED =
      new Work<>("growthbus.flags.evaluated", FlagsEvaluated.class);

  /** Owner flags; from edge. Which flags nobody asks for any more. Lost: the asker asks again. */
  public static final Ask<ReadFlagReport, FlagReport> READ_FLAG_REPORT =
      new Ask<>(
          "growthbus.flags.report", ReadFlagReport.class, FlagReport.class, Duration.ofSeconds(5));

  /** Owner flags; from edge. What a flag answered at a moment. Lost: the asker asks again. */
  public static final Ask<EvaluateFlagAt, FlagEvaluatedAt> EVALUATE_FLAG_AT =
      new Ask<>(
          "growthbus.flags.evaluate-at",
          EvaluateFlagAt.class,
          FlagEvaluatedAt.class,
          Duration.ofSeconds(5));

  /**
   * Owner entitlements; from edge. Deliveries of billing systems. Lost: the operator asks again.
   */
  public static final Ask<ListWebhooks, WebhookPage> LIST_WEBHOOKS =
      new Ask<>(
          "growthbus.entitlements.webhooks",
          ListWebhooks.class,
          WebhookPage.class,
          Duration.ofSeconds(5));

  /**
   * Owner entitlements; from edge. Applies stored deliveries once more. Lost: the operator orders
   * it again; doing it twice is the same as once.
   */
  public static final Ask<ReapplyWebhooks, WebhooksReapplied> REAPPLY_WEBHOOKS =
      new Ask<>(
          "growthbus.entitlements.webhooks-reapply",
          ReapplyWebhooks.class,
          WebhooksReapplied.class,
          Duration.ofSeconds(9));

  /**
   * Owner entitlements; from edge. Begins a comparison with a billing system and answers at once.
   * Lost: the operator looks whether one runs, and orders it again.
   */
  public static final Ask<StartReconciliation, ReconciliationRun> RECONCILE =
      new Ask<>(
          "growthbus.entitlements.reconcile",
          StartReconciliation.class,
          ReconciliationRun.class,
          Duration.ofSeconds(5));

  /** Owner entitlements; from edge. The latest comparisons. Lost: the operator asks again. */
  public static final Ask<ListReconciliations, Reconciliations> LIST_RECONCILIATIONS =
      new Ask<>(
          "growthbus.entitlements.reconciliations",
          ListReconciliations.class,
          Reconciliations.class,
          Duration.ofSeconds(5));

  /** Owner activation; from edge. Why a prompt was shown or not. Lost: the operator asks again. */
  public static final Ask<ExplainPrompt, PromptExplanation> EXPLAIN_PROMPT =
      new Ask<>(
          "growthbus.activation.explain",
          ExplainPrompt.class,
          PromptExplanation.class,
          Duration.ofSeconds(8));

  /** Owner activation; from edge and ingest. Rules as they are stored. Lost: it is asked again. */
  public static final Ask<ListRules, RuleList> LIST_RULES =
      new Ask<>(
          "growthbus.activation.rules", ListRules.class, RuleList.class, Duration.ofSeconds(5));

  /**
   * Owner activation; from edge. Defines a rule; the reply comes after the commit. Lost: the
   * operator repeats the order, which is idempotent.
   */
  public static final Ask<PutRule, RuleChange> PUT_RULE =
      new Ask<>(
          "growthbus.activation.rule-put", PutRule.class, RuleChange.class, Duration.ofSeconds(8));

  /**
   * Owner activation; from edge. Removes a rule; the reply comes after the commit. Lost: the
   * operator repeats the order.
   */
  public static final Ask<DeleteRule, RuleChange> DELETE_RULE =
      new Ask<>(
          "growthbus.activation.rule-delete",
          DeleteRule.class,
          RuleChange.class,
          Duration.ofSeconds(8));

  /**
   * Owner activation; to activation of every node. The rules have a new revision. Lost: each node
   * looks at the revision with every sweep.
   */
  public static final Broadcast<RulesChanged> RULES_CHANGED =
      new Broadcast<>("growthbus.activation.rules-changed", RulesChanged.class);

  /**
   * Owner activation; to activation of every node. A node acts by this revision of the rules; said
   * again from time to time. Lost: the node counts as one that does not, until it says so again.
   */
  public static final Broadcast<RevisionApplied> RULES_APPLIED =
      new Broadcast<>("growthbus.activation.rules-applied", RevisionApplied.class);

  private static Ask<ExportUser, ExportPage> export(String room) {
    return new Ask<>(
        "growthbus." + room + ".export", ExportUser.class, ExportPage.class, Duration.ofSeconds(8));
  }

  private Channels() {}
}
