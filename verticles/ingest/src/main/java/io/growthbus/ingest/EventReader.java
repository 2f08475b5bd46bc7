package io.growthbus.ingest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.growthbus.ingest.core.ConsentStatement;
import io.growthbus.ingest.core.ConsentStatement.State;
import io.growthbus.ingest.core.Limits;
import io.growthbus.ingest.core.TelemetryEvent;
import io.growthbus.ingest.core.privacy.PrivacyRules;
import io.growthbus.shared.message.RejectedEvent;
import java.io.IOException;
import java.nio.CharBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads one event of a batch. The first thing that is wrong is kept and the rest is passed over, so
 * that the parser always stands behind the event afterwards.
 */
final class EventReader {
  private final JsonParser parser;
  private final CharBuffer body;
  private final PrivacyRules privacy;
  private final int index;
  private final Set<String> fields = new HashSet<>();
  private @Nullable RejectedEvent problem;
  private @Nullable String eventIdText;
  private @Nullable UUID eventId;
  private @Nullable String schemaVersion;
  private @Nullable String userId;
  private @Nullable String accountId;
  private @Nullable String anonymousId;
  private @Nullable String messageId;
  private @Nullable String name;
  private @Nullable Long timestamp;
  private ConsentStatement consent = ConsentStatement.NONE;
  private boolean consentIllegible;
  private String propertiesJson = "{}";
  private Set<String> propertyNames = Set.of();
  private int droppedProperties;

  /**
   * @param body the text that the parser reads, from its first character
   */
  EventReader(JsonParser parser, CharBuffer body, PrivacyRules privacy, int index) {
    this.parser = parser;
    this.body = body;
    this.privacy = privacy;
    this.index = index;
  }

  /** Reads the event at which the parser stands and adds it to one of the lists. */
  void read(List<TelemetryEvent> events, List<MalformedEvent> malformed) throws IOException {
    int begin = (int) parser.currentTokenLocation().getCharOffset();
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      reject("not_an_object", "An event must be a JSON object.", "");
      parser.skipChildren();
      // A text is read to its end only when somebody wants it.
      parser.finishToken();
    } else {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        if (!fields.add(field)) {
          reject("duplicate_key", "A key may appear once in an object.", "/" + legible(field));
        }
        readField(field);
      }
    }
    CharBuffer text = body.duplicate().position(begin).limit(end());
    int bytes = FieldForms.utf8Length(text);
    if (bytes > Limits.EVENT_BYTES) {
      reject("event_too_large", "An event may take " + Limits.EVENT_BYTES + " bytes.", "");
    }
    require(eventId, "event_id", "a UUID, version 7 recommended");
    require(name, "name", "a text");
    require(timestamp, "timestamp", "milliseconds since the epoch");
    if (problem != null || eventId == null || name == null || timestamp == null) {
      malformed.add(malformed(Objects.requireNonNull(problem), text, bytes));
      return;
    }
    keepAllowed(name);
    events.add(
        new TelemetryEvent(
            index,
            eventId,
            privacy.version(schemaVersion),
            userId,
            accountId,
            anonymousId,
            messageId,
            timestamp,
            privacy.name(name),
            propertiesJson,
            propertyNames,
            consent,
            bytes));
  }

  private int end() {
    return (int) parser.currentLocation().getCharOffset();
  }

  private MalformedEvent malformed(RejectedEvent why, CharBuffer text, int bytes)
      throws IOException {
    boolean whole = bytes <= Limits.EVENT_BYTES;
    boolean denied = consent.purposes().containsValue(State.DENIED);
    RawEvent.Copy copy =
        denied ? new RawEvent.Copy("", null) : RawEvent.of(text, name, whole, privacy);
    return new MalformedEvent(
        why,
        eventId,
        name == null || !Limits.isName(name) ? null : privacy.name(name),
        schemaVersion == null || !Limits.isVersion(schemaVersion)
            ? null
            : privacy.version(schemaVersion),
        copy.userId() == null ? userId : copy.userId(),
        consent,
        !consentIllegible,
        copy.json(),
        whole && !denied);
  }

  private void keepAllowed(String eventName) throws IOException {
    Optional<Set<String>> allowed = privacy.allowed(eventName);
    if (allowed.isPresent()) {
      AllowList.Kept kept = AllowList.keep(propertiesJson, allowed.get());
      propertiesJson = kept.json();
      droppedProperties = kept.dropped();
      propertyNames =
          propertyNames.stream()
              .filter(allowed.get()::contains)
              .collect(Collectors.toUnmodifiableSet());
    }
  }

  /** How many properties were dropped because no contract names them. */
  int droppedProperties() {
    return droppedProperties;
  }

  private void readField(String field) throws IOException {
    switch (field) {
      case "event_id" -> readEventId();
      case "schema_version" -> {
        schemaVersion = text(field, Limits.VERSION);
        if (schemaVersion != null && !Limits.isVersion(schemaVersion)) {
          reject(
              "invalid_schema_version", "It must be a version such as 1.0.0.", "/schema_version");
        }
      }
      case "user_id" -> userId = id(field, Limits.ID);
      case "account_id" -> accountId = id(field, Limits.ID);
      case "anonymous_id" -> anonymousId = id(field, Limits.ID);
      case "message_id" -> messageId = id(field, Limits.MESSAGE_ID);
      case "name" -> {
        name = text(field, 100);
        if (name != null && !Limits.isName(name)) {
          reject(
              "invalid_name",
              "It must be 1 to 100 characters from A-Z a-z 0-9 _ . : $ - and space.",
              "/name");
        }
      }
      case "timestamp" -> readTimestamp();
      case "consent" -> readConsent();
      case "properties" -> readProperties();
      default -> parser.skipChildren();
    }
  }

  private void readEventId() throws IOException {
    String text = text("event_id", 64);
    if (text == null) {
      return;
    }
    if (Limits.isUuid(text)) {
      eventIdText = text;
      eventId = UUID.fromString(text);
    } else {
      reject("invalid_event_id", "It must be a UUID, version 7 recommended.", "/event_id");
    }
  }

  private void readTimestamp() throws IOException {
    timestamp = FieldForms.milliseconds(parser);
    if (timestamp == null) {
      wrongType("timestamp", "a number of milliseconds since the epoch");
    }
  }

  private void readConsent() throws IOException {
    ConsentReader read = ConsentReader.read(parser, privacy);
    read.problem().ifPresent(found -> reject(found.code(), found.message(), found.pointer()));
    consentIllegible = read.problem().isPresent();
    consent = consent.and(read.statement());
  }

  private void readProperties() throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      wrongType("properties", "an object");
      return;
    }
    PropertyCopier copier = new PropertyCopier(parser, privacy);
    copier.copy();
    copier.problem().ifPresent(found -> reject(found.code(), found.message(), found.pointer()));
    propertiesJson = copier.json();
    propertyNames = copier.names();
  }

  private @Nullable String id(String field, int most) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    String id = text(field, most);
    if (id != null && id.isEmpty()) {
      reject("empty_id", "An id must not be empty; leave it out or send null.", "/" + field);
    }
    return id;
  }

  /** The text at which the parser stands, or null after noting what is wrong with it. */
  private @Nullable String text(String field, int most) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      wrongType(field, "a text");
      return null;
    }
    if (parser.getTextLength() > most) {
      reject("too_long", "It may have " + most + " characters.", "/" + field);
      return null;
    }
    String text = parser.getText();
    if (!Limits.isStorable(text)) {
      reject("invalid_text", "It must not hold NUL or half of a surrogate pair.", "/" + field);
      return null;
    }
    return text;
  }

  private void wrongType(String field, String expected) throws IOException {
    reject("wrong_type", "It must be " + expected + ".", "/" + field);
    parser.skipChildren();
  }

  private void require(@Nullable Object value, String field, String expected) {
    if (value == null) {
      reject("missing_field", "The event needs it: " + expected + ".", "/" + field);
    }
  }

  private void reject(String code, String message, String pointer) {
    if (problem == null) {
      problem = new RejectedEvent(index, eventIdText, code, message, pointer);
    } else if (problem.eventId() == null && eventIdText != null) {
      problem =
          new RejectedEvent(
              index, eventIdText, problem.code(), problem.message(), problem.pointer());
    }
  }

  /** A key that was not scrubbed yet, made safe for a pointer in an answer. */
  private String legible(String key) {
    return FieldForms.printable(privacy.key(key));
  }
}
