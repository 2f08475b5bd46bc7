package io.growthbus.shared.message;

import java.util.Map;

/** Answers by flag key, all from one revision. */
public record FlagAnswers(long revision, Map<String, FlagAnswer> answers) {}
