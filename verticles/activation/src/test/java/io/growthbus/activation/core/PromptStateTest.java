package io.growthbus.activation.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.growthbus.shared.message.AcknowledgePrompt.Action;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PromptStateTest {
  @ParameterizedTest
  @EnumSource(Action.class)
  void an_action_on_an_open_prompt_leads_to_the_state_of_its_name(Action action) {
    PromptState named = PromptState.valueOf(action.name());

    assertThat(PromptState.PENDING.after(action)).isEqualTo(named);
    assertThat(PromptState.SHOWN.after(action)).isEqualTo(named);
  }

  @ParameterizedTest
  @EnumSource(
      value = PromptState.class,
      names = {"PENDING", "SHOWN"},
      mode = EnumSource.Mode.EXCLUDE)
  void an_end_stays_what_it_is(PromptState end) {
    assertThat(end.isOpen()).isFalse();
    for (Action action : Action.values()) {
      assertThat(end.after(action)).isEqualTo(end);
    }
  }

  @Property(tries = 200)
  void repeating_acknowledgements_changes_nothing(
      @ForAll PromptState before, @ForAll List<Action> actions) {
    PromptState once = before;
    PromptState repeated = before;
    for (Action action : actions) {
      once = once.after(action);
      repeated = repeated.after(action).after(action);
    }

    assertThat(repeated).isEqualTo(once);
    assertThat(actions.isEmpty() || once != PromptState.PENDING).isTrue();
  }
}
