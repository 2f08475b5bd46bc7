package io.growthbus.edge.core;

import io.growthbus.edge.core.SegmentCall.CallType;
import io.growthbus.edge.core.SegmentCall.Kind;
import io.growthbus.edge.core.SegmentCall.Value;
import io.growthbus.shared.domain.NameBasedId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Maps calls of Segment's API to events.
 *
 * <p>A {@code track} keeps the name of its event; the others become {@code $identify}, {@code
 * $page}, {@code $screen}, {@code $group} and {@code $alias}. What does not fit is passed on as it
 * was sent, so that the room refuses this event with its reason and no other.
 *
 * <p>Of {@code context} only this is kept, because the rest says more about a person than an event
 * needs (address, device, place, page): {@code groupId}, which becomes the account, and {@code
 * consent.categoryPreferences}, which becomes the consent.
 */
public final class SegmentMapping {
  /** Namespace of the ids that are made from message ids. */
  public static final UUID NAMESPACE = UUID.fromString("85ca40d1-3746-54c4-b89f-246256e60450");

  /** Characters of a message id. */
  public static final int LONGEST_MESSAGE_ID = 128;

  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final @Nullable CallType type;
  private final long batchBehindMs;
  private final long receivedAtMs;
  private final Supplier<UUID> randomId;

  /**
   * @param type type of the call where the address says it; null in a batch, where each call does
   * @param batchSentAtMs when the batch was sent by the sender's clock, or null when it does not
   *     say so or is not believed
   * @param receivedAtMs when the server got it, ms since the epoch
   * @param randomId gives an id to a call that has none
   */
  public SegmentMapping(
      @Nullable CallType type,
      @Nullable Long batchSentAtMs,
      long receivedAtMs,
      Supplier<UUID> randomId) {
    this.type = type;
    this.batchBehindMs = batchSentAtMs == null ? 0 : receivedAtMs - batchSentAtMs;
    this.receivedAtMs = receivedAtMs;
    this.randomId = randomId;
  }

  /** The fields of the event, each with its value as JSON, in the order in which they are sent. */
  public Map<String, String> event(SegmentCall call) {
    Optional<CallType> kind = typeOf(call);
    Map<String, String> event = new LinkedHashMap<>();
    putIds(call, event);
    event.put("user_id", call.field("userId").map(SegmentMapping::id).orElse("null"));
    call.field("anonymousId").ifPresent(value -> event.put("anonymous_id", id(value)));
    call.field(kind.filter(CallType.GROUP::equals).isPresent() ? "groupId" : "context.groupId")
        .ifPresent(value -> event.put("account_id", id(value)));
    event.put("timestamp", timestamp(call));
    // Without a type there is no name, and the room refuses the event.
    kind.flatMap(known -> name(known, call)).ifPresent(name -> event.put("name", name));
    event.put("properties", kind.map(known -> properties(known, call)).orElse("{}"));
    call.field("context.consent").ifPresent(value -> event.put("consent", value.json()));
    return event;
  }

  /**
   * Where in the call stands what a pointer into its event names.
   *
   * @param call null when it is no object
   */
  public String pointer(@Nullable SegmentCall call, String pointer) {
    Optional<CallType> kind = call == null ? Optional.empty() : typeOf(call);
    int end = pointer.indexOf('/', 1);
    String field = end < 0 ? pointer : pointer.substring(0, end);
    String rest = end < 0 ? "" : pointer.substring(end);
    return switch (field) {
      case "/event_id", "/message_id" -> "/messageId";
      case "/user_id" -> "/userId";
      case "/anonymous_id" -> "/anonymousId";
      case "/account_id" ->
          kind.filter(CallType.GROUP::equals).isPresent() ? "/groupId" : "/context/groupId";
      case "/timestamp" ->
          call != null
                  && call.field("timestamp").isEmpty()
                  && call.field("originalTimestamp").isPresent()
              ? "/originalTimestamp"
              : "/timestamp";
      case "/name" -> kind.isPresent() ? "/event" : "/type";
      case "/consent" -> "/context/consent/categoryPreferences" + rest;
      case "/properties" ->
          kind.isPresent() && call != null
              ? "/" + propertiesField(kind.get(), call) + rest
              : pointer;
      default -> pointer;
    };
  }

  private Optional<CallType> typeOf(SegmentCall call) {
    return type != null
        ? Optional.of(type)
        : call.field("type").flatMap(value -> CallType.of(value.text()));
  }

  /** A message id that is too long or no text is passed on as event id, which refuses it. */
  private void putIds(SegmentCall call, Map<String, String> event) {
    Optional<Value> found = call.field("messageId");
    if (found.isEmpty()) {
      event.put("event_id", '"' + randomId.get().toString() + '"');
      return;
    }
    Value messageId = found.get();
    String text = messageId.text();
    if (text.isEmpty() || text.length() > LONGEST_MESSAGE_ID) {
      event.put("event_id", messageId.json());
      return;
    }
    event.put(
        "event_id",
        UUID_TEXT.matcher(text).matches()
            ? id(messageId)
            : '"' + NameBasedId.of(NAMESPACE, text).toString() + '"');
    event.put("message_id", id(messageId));
  }

  private static Optional<String> name(CallType type, SegmentCall call) {
    return type == CallType.TRACK
        ? call.field("event").map(Value::json)
        : Optional.of("\"$" + type.word() + '"');
  }

  /** Segment's identifiers are texts, but some of its clients let numbers through. */
  private static String id(Value value) {
    return value.kind() == Kind.NUMBER ? '"' + value.json() + '"' : value.json();
  }

  /**
   * RudderStack's clients write the time of a call into {@code originalTimestamp} and what the
   * caller gave into {@code timestamp}, Segment's write {@code timestamp} only.
   *
   * <p>Still by the sender's clock when the batch says when it was sent: the room corrects that.
   */
  private String timestamp(SegmentCall call) {
    Optional<Value> sent = call.field("timestamp").or(() -> call.field("originalTimestamp"));
    if (sent.isEmpty()) {
      return String.valueOf(receivedAtMs - batchBehindMs);
    }
    long behindMs =
        call.field("sentAt")
            .map(
                at ->
                    SegmentTime.believed(at, receivedAtMs).map(ms -> receivedAtMs - ms).orElse(0L))
            .orElse(batchBehindMs);
    return SegmentTime.parse(sent.get())
        .map(ms -> String.valueOf(ms + behindMs - batchBehindMs))
        .orElse(sent.get().json());
  }

  private static String propertiesField(CallType type, SegmentCall call) {
    String usual = type == CallType.IDENTIFY || type == CallType.GROUP ? "traits" : "properties";
    String other = usual.equals("traits") ? "properties" : "traits";
    return call.field(usual).isEmpty() && call.field(other).isPresent() ? other : usual;
  }

  private static String properties(CallType type, SegmentCall call) {
    Optional<Value> found = call.field(propertiesField(type, call));
    List<String> beside =
        switch (type) {
          case PAGE, SCREEN -> List.of("name", "category");
          case ALIAS -> List.of("previousId");
          case TRACK, IDENTIFY, GROUP -> List.of();
        };
    if (found.isPresent() && found.get().kind() != Kind.OBJECT) {
      return found.get().json();
    }
    List<String> names = found.map(Value::names).orElse(List.of());
    StringBuilder added = new StringBuilder();
    for (String field : beside) {
      Optional<Value> value = call.field(field);
      if (value.isPresent() && !names.contains(field)) {
        added.append(added.length() == 0 ? "" : ",");
        added.append('"').append(field).append("\":");
        added.append(field.equals("previousId") ? id(value.get()) : value.get().json());
      }
    }
    if (added.length() == 0) {
      return found.map(Value::json).orElse("{}");
    }
    String rest = names.isEmpty() ? "}" : "," + found.map(Value::json).orElse("{}").substring(1);
    return "{" + added + rest;
  }
}
