package io.growthbus.edge.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class StreamTopicsTest {
  private final StreamTopics topics = new StreamTopics("0123456789abcdef0123456789abcdef");

  @Test
  void a_name_is_the_same_on_every_node_and_after_every_start() {
    assertThat(new StreamTopics("0123456789abcdef0123456789abcdef").ofUser("ada"))
        .isEqualTo(topics.ofUser("ada"))
        .hasSize(StreamTopics.LENGTH)
        .matches("[A-Za-z0-9_-]+");
  }

  @Test
  void users_servers_and_secrets_have_names_of_their_own() {
    assertThat(
            Set.of(
                topics.ofUser("ada"),
                topics.ofUser("Ada"),
                topics.ofServer("ada"),
                new StreamTopics("another").ofUser("ada")))
        .hasSize(4);
  }

  @Test
  void a_name_of_a_server_is_good_for_its_key_only() {
    String topic = topics.ofServer("sk_1");

    assertThat(topics.isServer(topic, "sk_1")).isTrue();
    assertThat(topics.isServer(topic, "sk_2")).isFalse();
    assertThat(topics.isServer(topics.ofUser("sk_1"), "sk_1")).isFalse();
    assertThat(topics.isServer("", "sk_1")).isFalse();
  }
}
