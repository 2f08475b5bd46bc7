package io.growthbus.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.edge.EdgeNode.Response;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The script of the browser SDK, as pages load it. */
class SdkRoutesIT {
  private static final EdgeNode NODE = new EdgeNode(EdgeNode.KEYED);
  private static final String SCRIPT = "/sdk/growthbus.js";

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @Test
  void any_page_may_load_the_script_and_keep_it_for_a_while() {
    Response response = NODE.get(SCRIPT).send();

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
    assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(response.header("Cross-Origin-Resource-Policy")).isEqualTo("cross-origin");
    assertThat(response.header("Cache-Control")).isEqualTo("public, max-age=300");
    assertThat(response.header("Content-Encoding")).isNull();
    assertThat(response.body().toString()).contains("createGrowth");
  }

  @Test
  void who_has_it_already_gets_it_once() {
    String tag = NODE.get(SCRIPT).send().header("ETag");

    Response again = NODE.get(SCRIPT).header("If-None-Match", String.valueOf(tag)).send();

    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body().length()).isZero();
    assertThat(NODE.call("HEAD", SCRIPT).send().header("ETag")).isEqualTo(tag);
  }

  @Test
  void a_part_is_kept_for_good_under_the_hash_of_its_contents_and_for_a_while_under_any_other()
      throws NoSuchAlgorithmException {
    for (String part : List.of("/sdk/growthbus-flags.js", "/sdk/growthbus-live.js")) {
      Response plain = NODE.get(part).send();
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(plain.body().getBytes());
      String hash = HexFormat.of().formatHex(digest, 0, 4);

      Response kept = NODE.get(part + "?" + hash).header("Accept-Encoding", "gzip").send();
      Response other = NODE.get(part + "?01234567").send();

      assertThat(kept.header("Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
      assertThat(kept.header("Content-Encoding")).isEqualTo("gzip");
      assertThat(other.header("Cache-Control")).isEqualTo("public, max-age=300");
      assertThat(plain.header("Cache-Control")).isEqualTo("public, max-age=300");
      assertThat(other.body()).isEqualTo(plain.body());
      assertThat(plain.header("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
    }
  }

  @Test
  void a_page_of_an_allowed_origin_may_load_a_part_as_a_module() {
    Response part = NODE.get("/sdk/growthbus-live.js").header("Origin", EdgeNode.APP).send();

    assertThat(part.header("Access-Control-Allow-Origin")).isEqualTo(EdgeNode.APP);
    assertThat(part.header("Vary")).contains("Origin");
  }

  @Test
  void it_is_compressed_for_those_who_can_read_that_under_a_tag_of_its_own() throws IOException {
    Response plain = NODE.get(SCRIPT).send();
    for (String accepts : List.of("gzip", "br, gzip", "gzip;q=0.5", "deflate,gzip; q=1")) {
      Response response = NODE.get(SCRIPT).header("Accept-Encoding", accepts).send();
      assertThat(response.header("Content-Encoding")).as(accepts).isEqualTo("gzip");
      assertThat(response.header("Vary")).contains("Accept-Encoding");
      assertThat(response.header("ETag")).isNotEqualTo(plain.header("ETag"));
      assertThat(unzipped(response.body())).isEqualTo(plain.body());
    }
    for (String accepts : List.of("br", "gzip;q=0", "gzip; q=0.000", "xgzip")) {
      Response response = NODE.get(SCRIPT).header("Accept-Encoding", accepts).send();
      assertThat(response.header("Content-Encoding")).as(accepts).isNull();
    }
  }

  private static Buffer unzipped(Buffer body) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body.getBytes()))) {
      return Buffer.buffer(in.readAllBytes());
    }
  }
}
