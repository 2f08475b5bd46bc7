package io.growthbus.cluster;

import io.growthbus.shared.settings.Problems;
import io.growthbus.shared.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What concerns the node as a whole.
 *
 * @param confDirectory folder with {@code growth.json}, {@code node.properties}, {@code
 *     hazelcast.xml}
 * @param dataDirectory folder of the embedded database and of the last-good flags
 * @param roles rooms that run here
 * @param opsHost address of the operations port
 * @param opsPort operations port: health and metrics; 0 = a free one
 * @param members members of the cluster as {@code host:port}; empty = not clustered
 * @param clusterHost address that other members reach this node at
 * @param clusterPort port for the members of the cluster
 * @param busPort port for the messages of other members; 0 = a free one
 * @param busPublicHost address that other members send messages to; empty = {@code clusterHost}
 * @param busPublicPort port that other members send messages to; 0 = {@code busPort}
 * @param stopTimeout longest time a stop may take before the process ends anyway
 */
record NodeSettings(
    Path confDirectory,
    Path dataDirectory,
    Set<String> roles,
    String opsHost,
    int opsPort,
    List<String> members,
    String clusterHost,
    int clusterPort,
    int busPort,
    String busPublicHost,
    int busPublicPort,
    Duration stopTimeout) {

  /** The rooms in the order in which they start; they stop the other way round. */
  static final List<String> ROOMS =
      List.of("ingest", "flags", "entitlements", "activation", "edge");

  static NodeSettings from(Settings settings) {
    return new NodeSettings(
        Path.of(settings.text("conf", "Folder of the configuration (environment only)", "./conf")),
        Path.of(
            settings.text(
                "data.dir",
                "Folder of the embedded database and of the last-good flags",
                "./data")),
        roles(settings),
        settings.text("ops.host", "Address of the operations port", "127.0.0.1"),
        settings.integer(
            "ops.port", "Operations port: health and metrics; 0 = a free one", 8090, 0, 65_535),
        members(settings),
        settings.text(
            "cluster.host", "Address at which other members reach this node", "127.0.0.1"),
        settings.integer("cluster.port", "Port for the members of the cluster", 5701, 1, 65_535),
        settings.integer(
            "cluster.bus.port",
            "Port for the messages of other members; 0 = a free one",
            0,
            0,
            65_535),
        settings.text(
            "cluster.bus.public.host",
            "Address that other members send messages to, behind a translation of addresses; empty ="
                + " cluster.host",
            ""),
        settings.integer(
            "cluster.bus.public.port",
            "Port that other members send messages to; 0 = cluster.bus.port",
            0,
            0,
            65_535),
        settings.duration("stop.timeout", "Longest time that a stop may take", "20s", "1s", "10m"));
  }

  boolean clustered() {
    return !members.isEmpty();
  }

  boolean runs(String room) {
    return roles.contains(room);
  }

  private static Set<String> roles(Settings settings) {
    List<String> named =
        settings.list("roles", "Rooms that run here, of: " + String.join(", ", ROOMS), "all");
    Set<String> roles = new LinkedHashSet<>();
    for (String name : named) {
      if (name.equals("all")) {
        roles.addAll(ROOMS);
      } else if (ROOMS.contains(name)) {
        roles.add(name);
      } else {
        settings
            .problems()
            .error(
                "roles",
                "\""
                    + name
                    + "\" is not a room; write all or some of "
                    + String.join(", ", ROOMS)
                    + Problems.didYouMean(name, ROOMS));
      }
    }
    return Set.copyOf(roles);
  }

  private static List<String> members(Settings settings) {
    List<String> members =
        settings.list(
            "cluster.members", "Members as host:port, comma-separated; empty = not clustered", "");
    for (String member : members) {
      if (!member.matches("[^\\s:]+:\\d{1,5}")) {
        settings.problems().error("cluster.members", "each entry must be host:port");
      }
    }
    return members;
  }
}
