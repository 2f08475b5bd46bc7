/** Finds personal data and secrets in what senders wrote, and replaces them; plain decisions. */
@NullMarked
package io.growthbus.ingest.core.privacy;

import org.jspecify.annotations.NullMarked;
