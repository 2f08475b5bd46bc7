package io.growthbus.ingest.core.privacy;

import java.time.Instant;
import java.util.Random;
import java.util.UUID;

/** Texts as events are full of that hold nothing personal, many of them much like it. */
final class HarmlessData {
  private static final String[] SENTENCES = {
    "The quick brown fox jumps over %d lazy dogs",
    "Der Kunde hat am %d. März %d Artikel für 49,90 € bestellt",
    "El usuario abrió la página %d veces en %d minutos",
    "L’équipe a créé %d projets, dont %d partagés",
    "Пользователь открыл страницу %d раз за %d минут",
    "ユーザーは%d件のプロジェクトを作成しました",
    "用户在%d分钟内点击了%d次按钮",
    "المستخدم أنشأ %d مشاريع في %d أيام",
    "Step %d of %d: basic understanding of the bearer bonds",
    "Error %d: expected %d arguments (email or phone missing)",
    "Upgraded from Basic Plan to Pro, saved %d%% in %d days",
    "I'd say 2 + 2 = 4 @ home, or is it %d/%d?"
  };
  private static final String[] AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        + " Chrome/%1$d.0.0.0 Safari/537.36 Edg/%1$d.0.%2$d.76",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        + " Version/17.%2$d Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_%2$d like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:%1$d.0) Gecko/20100101 Firefox/%1$d.0",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/%1$d.0.60.109 Mobile Safari/537.36",
    "okhttp/4.%2$d.0",
    "curl/8.4.%2$d",
    "Growthbus-SDK/1.%2$d.3 node/20.%1$d.1"
  };

  private final Random random;
  private final PersonalData tools;

  HarmlessData(Random random) {
    this.random = random;
    this.tools = new PersonalData(random);
  }

  String some() {
    int n = 1 + random.nextInt(200);
    int m = 1 + random.nextInt(60);
    return switch (random.nextInt(38)) {
      case 0 -> new UUID(random.nextLong(), random.nextLong()).toString();
      case 1 -> tools.hex(32);
      case 2 -> tools.hex(40);
      case 3 -> tools.hex(64);
      case 4 -> "sha256-" + tools.base62(43) + "=";
      case 5 -> "01" + tools.base62(24).toUpperCase(java.util.Locale.ROOT);
      case 6 -> tools.base62(21);
      case 7 -> tools.digits(1 + random.nextInt(19));
      case 8 -> tools.hex(24);
      case 9 -> "cus_" + tools.base62(14);
      case 10 -> "ORD-20%02d-%06d".formatted(m % 30, n);
      case 11 -> "%08d".formatted(n * 7919);
      case 12 -> String.valueOf(1_600_000_000L + random.nextInt(300_000_000));
      case 13 -> String.valueOf(1_600_000_000_000L + random.nextInt());
      case 14 -> "17" + tools.digits(14);
      case 15 -> "17" + tools.digits(17);
      case 16 -> instant().toString();
      case 17 -> "%02d.%02d.20%02d %02d:%02d".formatted(1 + n % 28, 1 + m % 12, m % 40, m % 24, m);
      case 18 ->
          "20%02d/%02d/%02d %02d:%02d:%02d".formatted(m % 40, 1 + m % 12, 1 + n % 28, 3, m, m);
      case 19 -> instant().toString().replace("Z", "+0100");
      case 20 -> "%d.%03d.%03d,%02d €".formatted(n, n, m, m);
      case 21 -> "$%d,%03d.%02d".formatted(n, m, m);
      case 22 -> "%d %03d %03d".formatted(n, m, n);
      case 23 -> "v%d.%d.%d".formatted(n, m, m);
      case 24 -> "%d.%d.%d-rc.%d+build.%d".formatted(m, n, m, m, n);
      case 25 -> "%d.0.%d.%d".formatted(n, 1000 + n, m);
      case 26, 27 -> tools.one(AGENTS).formatted(n, m);
      case 28, 29, 30 -> tools.one(SENTENCES).formatted(n, m);
      case 31 -> "https://app.example.com/projects/" + tools.base62(12) + "?tab=files&page=" + n;
      case 32 -> "/api/v%d/users/%d/items?sort=-created_at&limit=%d#top".formatted(m, n * 9973, n);
      case 33 -> "https://example.com/a%20b/%C3%BC?q=100%25+sure&utm_source=news&w=" + n;
      case 34 -> "52.%s, 13.%s".formatted(tools.digits(6), tools.digits(15));
      case 35 ->
          String.join(":", tools.hex(2), tools.hex(2), tools.hex(2), "1b", tools.hex(2), "0a");
      case 36 ->
          "logo-%d@2x.png react@18.%d.0 std::vector<int> a[1::2] 12:%02d:59"
              .formatted(n, m, m % 60);
      default ->
          "%dx%d #%s 978-3-16-148410-%d %d%% 0.%s"
              .formatted(n, m, tools.hex(6), m % 10, m, tools.digits(16));
    };
  }

  private Instant instant() {
    return Instant.ofEpochMilli(1_600_000_000_000L + random.nextInt());
  }
}
