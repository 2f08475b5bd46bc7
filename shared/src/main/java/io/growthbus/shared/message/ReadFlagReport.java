package io.growthbus.shared.message;

/** Asks which flags nobody asks for any more, and which unknown ones are asked for. */
public record ReadFlagReport() {}
