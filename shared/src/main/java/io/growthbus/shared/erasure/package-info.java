/** How users are erased, kept out and exported, in every room the same way. */
@NullMarked
package io.growthbus.shared.erasure;

import org.jspecify.annotations.NullMarked;
