package io.growthbus.edge;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which methods an address takes, for those who used another one (RFC 9110, 15.5.6). */
final class AllowedMethods {
  private AllowedMethods() {}

  /** The methods of all routes of this path, as the header {@code Allow} lists them. */
  static String of(Router router, String path) {
    return router.getRoutes().stream()
        .filter(route -> takes(route, path))
        .flatMap(AllowedMethods::methods)
        .map(HttpMethod::name)
        .collect(Collectors.toCollection(TreeSet::new))
        .stream()
        .collect(Collectors.joining(", "));
  }

  private static Stream<HttpMethod> methods(Route route) {
    Set<HttpMethod> methods = route.methods();
    return methods == null ? Stream.empty() : methods.stream();
  }

  private static boolean takes(Route route, String path) {
    String template = route.getPath();
    return template != null
        && Pattern.matches(template.replace(".", "\\.").replaceAll(":[A-Za-z]+", "[^/]+"), path);
  }
}
