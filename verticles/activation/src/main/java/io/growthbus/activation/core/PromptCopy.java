package io.growthbus.activation.core;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text of a prompt with variables in double braces, such as {@code {{count}} of {{limit}} used}.
 */
public final class PromptCopy {
  private static final Pattern VARIABLE = Pattern.compile("\\{\\{([^{}]{0,64})}}");

  private PromptCopy() {}

  /** The text with its variables filled in; one without a value becomes a dash, never a brace. */
  public static String fill(String text, Map<String, String> values) {
    Matcher matcher = VARIABLE.matcher(text);
    return matcher.replaceAll(
        found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1).strip(), "–")));
  }
}
