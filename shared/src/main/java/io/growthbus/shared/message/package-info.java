/** What travels between rooms: immutable records, fields added but never renamed. */
@NullMarked
package io.growthbus.shared.message;

import org.jspecify.annotations.NullMarked;
