package io.growthbus.edge;

import io.vertx.core.http.HttpServerRequest;

/** The header by which a browser says that its user wants nothing sold or shared. */
final class GlobalPrivacyControl {
  private GlobalPrivacyControl() {}

  /** Whether a request says so. */
  static boolean isSet(HttpServerRequest request) {
    String header = request.getHeader("Sec-GPC");
    return header != null && header.strip().equals("1");
  }
}
