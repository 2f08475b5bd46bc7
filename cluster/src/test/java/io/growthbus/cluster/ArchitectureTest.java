package io.growthbus.cluster;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The walls of the house: who may import whom, and the names that are not used. */
class ArchitectureTest {
  private static final List<String> ROOMS =
      List.of("ingest", "flags", "entitlements", "activation", "edge");
  private static JavaClasses product;
  private static JavaClasses tests;

  @BeforeAll
  static void readTheClasses() throws IOException {
    product = read("target/classes");
    tests = read("target/test-classes");
    assertThat(product.stream().map(JavaClass::getPackageName))
        .as("every module is compiled and read")
        .contains(
            "io.growthbus.shared.bus",
            "io.growthbus.ingest",
            "io.growthbus.flags",
            "io.growthbus.entitlements",
            "io.growthbus.activation",
            "io.growthbus.edge",
            "io.growthbus.openfeature",
            "io.growthbus.cluster");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ingest", "flags", "entitlements", "activation", "edge"})
  void a_room_knows_no_other_room(String room) {
    String[] others =
        ROOMS.stream()
            .filter(other -> !other.equals(room))
            .map(other -> "io.growthbus." + other + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage("io.growthbus." + room + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(product);
  }

  @Test
  void cluster_is_imported_by_nobody() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.growthbus.cluster..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.growthbus.cluster..")
        .check(product);
  }

  @Test
  void cores_decide_with_plain_java_and_shared_values_only() {
    classes()
        .that()
        .resideInAnyPackage(
            "io.growthbus.shared.domain", "io.growthbus.shared.flags", "io.growthbus.*.core..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "javax.crypto..",
            "org.jspecify..",
            "io.growthbus.*.core..",
            "io.growthbus.shared.domain",
            "io.growthbus.shared.config",
            "io.growthbus.shared.flags",
            "io.growthbus.shared.message")
        .check(product);
  }

  @Test
  void cores_have_no_clock_and_no_randomness() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.growthbus.shared.domain", "io.growthbus.shared.flags", "io.growthbus.*.core..")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callMethod(java.util.UUID.class, "randomUUID")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(
            java.util.Random.class,
            java.util.concurrent.ThreadLocalRandom.class,
            java.security.SecureRandom.class,
            java.time.Clock.class)
        .check(product);
  }

  @Test
  void messages_are_plain_values() {
    noClasses()
        .that()
        .resideInAPackage("io.growthbus.shared.message")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.vertx..", "com.fasterxml..", "java.sql..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Throwable.class)
        .check(product);
  }

  @Test
  void the_bus_and_the_settings_know_neither_web_nor_sql_nor_hazelcast() {
    noClasses()
        .that()
        .resideInAnyPackage("io.growthbus.shared.bus", "io.growthbus.shared.settings")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx.ext.web..", "io.vertx.pgclient..", "io.vertx.sqlclient..", "com.hazelcast..")
        .check(product);
  }

  @Test
  void stores_know_sql_and_their_core_only() {
    noClasses()
        .that()
        .resideInAPackage("io.growthbus.*.store")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.growthbus.shared.bus",
            "io.vertx.ext.web..",
            "io.vertx.core.eventbus..",
            "com.hazelcast..")
        .check(product);
  }

  @Test
  void sql_is_spoken_in_stores_only() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.growthbus.ingest",
            "io.growthbus.flags",
            "io.growthbus.entitlements",
            "io.growthbus.activation")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.vertx.sqlclient.Tuple")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.vertx.sqlclient.RowSet")
        .check(product);
  }

  @Test
  void edge_has_no_database() {
    noClasses()
        .that()
        .resideInAPackage("io.growthbus.edge..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx.pgclient..",
            "io.vertx.sqlclient..",
            "java.sql..",
            "io.growthbus.shared.postgres")
        .check(product);
  }

  @Test
  void only_cluster_knows_hazelcast() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.growthbus.cluster..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.hazelcast..")
        .check(product);
  }

  @Test
  void what_services_add_to_their_class_path_knows_no_room() {
    noClasses()
        .that()
        .resideInAnyPackage("io.growthbus.openfeature..", "io.growthbus.shared..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            Stream.concat(ROOMS.stream(), Stream.of("cluster"))
                .map(room -> "io.growthbus." + room + "..")
                .toArray(String[]::new))
        .check(product);
  }

  @Test
  void names_say_what_a_class_is() {
    noClasses()
        .should()
        .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)")
        .orShould()
        .haveSimpleNameStartingWith("Base")
        .check(product);
  }

  @Test
  void nobody_extends_the_old_verticle() {
    noClasses().should().beAssignableTo("io.vertx.core.AbstractVerticle").check(product);
  }

  @Test
  void packages_form_no_cycles() {
    slices().matching("io.growthbus.(**)").should().beFreeOfCycles().check(product);
  }

  @Test
  void test_methods_return_nothing_or_they_would_not_run() {
    methods()
        .that()
        .areAnnotatedWith(Test.class)
        .should()
        .haveRawReturnType(void.class)
        .check(tests);
  }

  @Test
  void tests_wait_for_conditions_and_never_sleep() {
    noClasses().should().callMethod(Thread.class, "sleep", long.class).check(tests);
  }

  /** Classes of every module of the build, from their target folders. */
  private static JavaClasses read(String folder) throws IOException {
    try (Stream<Path> rooms = Files.list(Path.of("../verticles"))) {
      List<Path> folders =
          Stream.concat(
                  Stream.of(Path.of("../shared"), Path.of("../openfeature"), Path.of("../cluster")),
                  rooms)
              .map(module -> module.resolve(folder))
              .filter(Files::isDirectory)
              .toList();
      return new ClassFileImporter().importPaths(folders);
    }
  }
}
