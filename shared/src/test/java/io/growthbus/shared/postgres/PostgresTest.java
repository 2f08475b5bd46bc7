package io.growthbus.shared.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresTest {
  private static PgException state(String sqlState) {
    return new PgException("refused", "ERROR", sqlState, "detail");
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "40001", "40P01", "53300", "57014", "57P01", "57P03"})
  void a_failure_of_connection_concurrency_or_resources_is_transient_and_no_poison(String state) {
    assertThat(Postgres.isTransient(state(state))).isTrue();
    assertThat(Postgres.isPoison(state(state))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"22P05", "22P02", "22003", "22008", "54000", "54001"})
  void a_value_that_was_refused_is_poison_and_not_transient(String state) {
    assertThat(Postgres.isPoison(state(state))).isTrue();
    assertThat(Postgres.isTransient(state(state))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"23505", "23502", "42P01", "42501", "28P01", "3D000"})
  void a_refused_row_a_missing_table_and_a_wrong_password_are_neither(String state) {
    assertThat(Postgres.isTransient(state(state))).isFalse();
    assertThat(Postgres.isPoison(state(state))).isFalse();
  }

  @Test
  void a_row_for_which_there_is_no_partition_is_known_and_neither() {
    assertThat(Postgres.isWithoutPartition(state("23514"))).isTrue();
    assertThat(Postgres.isTransient(state("23514"))).isFalse();
    assertThat(Postgres.isPoison(state("23514"))).isFalse();
    assertThat(Postgres.isWithoutPartition(state("23505"))).isFalse();
    assertThat(Postgres.isWithoutPartition(new IOException("reset"))).isFalse();
  }

  @Test
  void a_lost_refused_or_slow_connection_is_transient() {
    assertThat(Postgres.isTransient(ClosedConnectionException.INSTANCE)).isTrue();
    assertThat(Postgres.isTransient(new ConnectException("refused"))).isTrue();
    assertThat(Postgres.isTransient(new IOException("reset"))).isTrue();
    assertThat(Postgres.isTransient(new TimeoutException())).isTrue();
    assertThat(Postgres.isPoison(new IOException("reset"))).isFalse();
  }

  @Test
  void a_mistake_in_the_program_is_neither() {
    assertThat(Postgres.isTransient(new IllegalStateException("bug"))).isFalse();
    assertThat(Postgres.isPoison(new IllegalStateException("bug"))).isFalse();
  }
}
