package io.growthbus.ingest;

import io.growthbus.ingest.core.privacy.PersonalData;
import io.growthbus.ingest.core.privacy.PersonalData.Kind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** Events with invented personal data at every place of an event where a sender may put text. */
final class PrivacyFixture {
  /** Kinds whose characters may stand in the name of an event. */
  private static final Set<Kind> FIT_A_NAME = Set.of(Kind.CARD, Kind.IBAN, Kind.IPV4);

  private static final List<Kind> KINDS = List.of(Kind.values());

  private static final String[] SECRET_KEYS = {
    "password",
    "userPassword",
    "API-Key",
    "api_key",
    "apiKey",
    "access_token",
    "AUTHORIZATION",
    "client.secret",
    "Email",
    "user_email",
    "emailAddress",
    "e-mail",
    "phone",
    "phoneNumber",
    "MOBILE",
    "ssn",
    "creditCard",
    "card_number",
    "iban",
    "first_name",
    "lastName",
    "dateOfBirth",
    "x-forwarded-for",
    "ip_address",
    "set-cookie"
  };
  private static final String[] SENTENCES = {
    "%s",
    "user %s signed up",
    "contact=%s",
    "see (%s), please",
    "Kontakt: %s.",
    "\"%s\"",
    "[%s]",
    "联系%s。",
    "from %s to nobody"
  };

  private final Random random;
  private final PersonalData data;

  PrivacyFixture(long seed) {
    random = new Random(seed);
    data = new PersonalData(random);
  }

  /**
   * An event and what must not be left of it.
   *
   * @param place where the secret was put
   * @param json the event
   * @param secrets texts that may not be found, as they were sent and as they are read
   */
  record Planted(String place, UUID id, String json, List<String> secrets) {}

  List<Planted> events(int count, long timeMs) {
    List<Planted> events = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      events.add(event(i, timeMs));
    }
    return events;
  }

  private Planted event(int i, long timeMs) {
    Kind kind = KINDS.get(random.nextInt(KINDS.size()));
    String secret = data.some(kind);
    JsonObject event = new JsonObject();
    JsonObject properties = new JsonObject().put("plan", "pro").put("n", i);
    UUID id = new UUID(random.nextLong(), random.nextLong());
    event.put("event_id", id.toString()).put("name", "fixture").put("timestamp", timeMs);
    String place =
        switch (i % 7) {
          case 0 -> {
            if (!FIT_A_NAME.contains(kind)) {
              secret = data.some(Kind.CARD);
            }
            event.put("name", "paid with " + secret);
            yield "name";
          }
          case 1 -> {
            properties.put(secret, true);
            yield "key";
          }
          case 2 -> {
            secret = "s3cret" + Long.toString(random.nextLong() >>> 1, 36);
            properties.put(SECRET_KEYS[random.nextInt(SECRET_KEYS.length)], hidden(secret));
            yield "named";
          }
          case 3 -> {
            properties.put("page", url(secret));
            yield "url";
          }
          case 4 -> {
            JsonArray list = new JsonArray().add(1).add(sentence(secret));
            properties.put("a", new JsonObject().put("b", new JsonArray().add(list)));
            yield "nested";
          }
          case 5 -> {
            secret = data.some(Kind.CARD).replaceAll("[^0-9]", "");
            properties.put("reference", Long.parseLong(secret));
            yield "number";
          }
          default -> {
            properties.put("message", sentence(secret));
            yield "value";
          }
        };
    String json = event.put("properties", properties).encode();
    return new Planted(
        place, id, json, List.of(secret, URLEncoder.encode(secret, StandardCharsets.UTF_8)));
  }

  private Object hidden(String secret) {
    return switch (random.nextInt(3)) {
      case 0 -> new JsonObject().put("value", new JsonArray().add(secret));
      case 1 -> new JsonArray().add(secret);
      default -> secret;
    };
  }

  private String sentence(String secret) {
    return SENTENCES[random.nextInt(SENTENCES.length)].formatted(secret);
  }

  private String url(String secret) {
    String encoded = URLEncoder.encode(secret, StandardCharsets.UTF_8);
    return switch (random.nextInt(4)) {
      case 0 -> "https://app.example.com/search?q=" + encoded + "&page=2";
      case 1 -> "/users/" + encoded.replace("+", "%20") + "/edit#top";
      case 2 -> "https://app.example.com/login?access_token=" + encoded;
      default -> "https://app.example.com/a?b=1&c=" + encoded.replace("+", "%20");
    };
  }
}
