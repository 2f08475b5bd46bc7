package io.growthbus.shared.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ChannelsTest {
  /** Every channel that is declared. */
  static List<Object> all() {
    return Arrays.stream(Channels.class.getDeclaredFields())
        .filter(field -> Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
        .map(ChannelsTest::value)
        .toList();
  }

  /** Every type of message that a channel carries. */
  static Stream<Class<?>> messageTypes() {
    return all().stream().<Class<?>>flatMap(ChannelsTest::types).distinct();
  }

  private static Object value(Field field) {
    try {
      return field.get(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(field + " cannot be read", e);
    }
  }

  private static Stream<Class<?>> types(Object channel) {
    if (channel instanceof Ask<?, ?> ask) {
      return Stream.of(ask.question(), ask.answer());
    }
    if (channel instanceof Work<?> work) {
      return Stream.of(work.type());
    }
    return Stream.of(((Broadcast<?>) channel).type());
  }

  private static String address(Object channel) {
    if (channel instanceof Ask<?, ?> ask) {
      return ask.address();
    }
    return channel instanceof Work<?> work ? work.address() : ((Broadcast<?>) channel).address();
  }

  @Test
  void every_constant_is_a_channel() {
    assertThat(all())
        .hasSizeGreaterThan(10)
        .allMatch(c -> c instanceof Ask || c instanceof Work || c instanceof Broadcast);
  }

  @Test
  void every_address_is_unique() {
    assertThat(all().stream().map(ChannelsTest::address)).doesNotHaveDuplicates();
  }

  @Test
  void every_address_names_the_product_a_room_and_a_matter() {
    assertThat(all().stream().map(ChannelsTest::address))
        .allMatch(
            address ->
                address.matches("growthbus\\.(ingest|flags|entitlements|activation)\\.[a-z-]+"));
  }

  @Test
  void the_addresses_that_outside_services_call_stay() {
    assertThat(Channels.EVALUATE_FLAG.address()).isEqualTo("growthbus.flags.evaluate");
    assertThat(Channels.CHECK_ENTITLEMENT.address()).isEqualTo("growthbus.entitlements.check");
  }

  @Test
  void every_ask_has_a_timeout_that_a_browser_can_wait_for() {
    assertThat(all().stream().filter(Ask.class::isInstance).map(c -> ((Ask<?, ?>) c).timeout()))
        .allMatch(
            timeout ->
                timeout.compareTo(Duration.ofSeconds(1)) >= 0
                    && timeout.compareTo(Duration.ofSeconds(10)) < 0);
  }

  @Test
  void every_message_is_a_record_of_the_message_package() {
    assertThat(messageTypes())
        .allMatch(Class::isRecord)
        .allMatch(type -> type.getPackageName().equals("io.growthbus.shared.message"));
  }
}
