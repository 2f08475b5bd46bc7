/**
 * The growth configuration ({@code growth.json}): typed, checked, with a pointer for every problem.
 */
@NullMarked
package io.growthbus.shared.config;

import org.jspecify.annotations.NullMarked;
