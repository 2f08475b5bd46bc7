package io.growthbus.bench.ingest;

import java.util.List;
import java.util.Random;

/**
 * Events as the three contracts of the shipped {@code growth.json} know them, with the properties
 * that pages and servers add: texts, numbers, nested objects, now and then an address in a text.
 * The same seed makes the same events.
 */
final class EventShapes {
  /** Users that the events are of. */
  static final int USERS = 5_000;

  private static final List<String> ENDPOINTS =
      List.of("/v1/projects", "/v1/projects/4711/export", "/v1/members", "/v1/reports/weekly");
  private static final List<String> PROJECTS = List.of("website", "mobile", "data", "internal");
  private static final List<String> ROLES = List.of("viewer", "editor", "admin");
  private static final List<String> DOMAINS = List.of("example.org", "acme.test", "globex.test");
  private static final List<String> BROWSERS = List.of("Firefox 132", "Chrome 130", "Safari 18.1");
  private static final List<String> MESSAGES =
      List.of(
          "Have a look at the launch plan before Friday",
          "Numbers for the board are in the second tab",
          "Questions go to ann.lee@example.com, not to me",
          "The new layout is ready for a first review");

  private final Random random;

  EventShapes(long seed) {
    this.random = new Random(seed);
  }

  /**
   * One event without its id and its time.
   *
   * @param propertiesJson compact JSON of an object
   */
  record Shape(String name, String userId, String propertiesJson) {}

  /** The next event: of ten, eight are API calls, one is a project, one an invitation. */
  Shape next() {
    String user = "user-" + (10_000 + random.nextInt(USERS));
    return switch (random.nextInt(10)) {
      case 0 -> new Shape("project_created", user, project());
      case 1 -> new Shape("team_invite_sent", user, invite());
      default -> new Shape("api_call", user, apiCall());
    };
  }

  private String apiCall() {
    return "{\"endpoint\":\"%s\",\"status_code\":%d,\"duration_ms\":%d.%d,\"request\":{\"method\":\"GET\",\"bytes\":%d}}"
        .formatted(
            any(ENDPOINTS),
            random.nextInt(50) == 0 ? 429 : 200,
            random.nextInt(400),
            random.nextInt(10),
            100 + random.nextInt(9_900));
  }

  private String project() {
    return "{\"project_type\":\"%s\",\"title\":\"Campaign %d\",\"page\":{\"path\":\"/projects/new?from=%s\",\"browser\":\"%s\"}}"
        .formatted(any(PROJECTS), random.nextInt(1_000), any(PROJECTS), any(BROWSERS));
  }

  private String invite() {
    return "{\"role\":\"%s\",\"invitee_domain\":\"%s\",\"note\":\"%s\",\"team\":{\"seats\":%d,\"trial\":%b}}"
        .formatted(
            any(ROLES), any(DOMAINS), any(MESSAGES), 2 + random.nextInt(40), random.nextBoolean());
  }

  private String any(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
