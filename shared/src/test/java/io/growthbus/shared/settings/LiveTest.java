package io.growthbus.shared.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveTest {
  @Test
  void a_holder_reads_the_newest_value() {
    Live<String> live = new Live<>("first");
    assertThat(live.get()).isEqualTo("first");

    live.set("second");

    assertThat(live.get()).isEqualTo("second");
  }

  @Test
  void a_listener_hears_later_values_only_and_all_of_them() {
    Live<String> live = new Live<>("first");
    List<String> heard = new ArrayList<>();
    live.set("second");
    live.onChange(heard::add);
    live.set("third");
    live.set("fourth");

    assertThat(heard).containsExactly("third", "fourth");
  }

  @Test
  void the_new_value_is_in_place_when_listeners_hear_of_it() {
    Live<String> live = new Live<>("first");
    List<String> seen = new ArrayList<>();
    live.onChange(next -> seen.add(live.get()));
    live.set("second");

    assertThat(seen).containsExactly("second");
  }
}
