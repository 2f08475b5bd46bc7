package io.growthbus.shared.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A count for statistics that costs no more than an addition: threads share it in {@value #STRIPES}
 * stripes without locks or atomic instructions, so that two threads of one stripe which count at
 * the same instant may count as one.
 *
 * <p>Stripes only grow; {@link #take} gives the difference to what it gave before.
 */
final class Tally {
  private static final int STRIPES = 4;

  /** Longs of a cache line, which no two stripes share. */
  private static final int LINE = 8;

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] cells = new long[(STRIPES + 1) * LINE];
  private long taken;

  void increment() {
    int cell = (((int) Thread.currentThread().getId() & (STRIPES - 1)) + 1) * LINE;
    CELL.setOpaque(cells, cell, (long) CELL.getOpaque(cells, cell) + 1);
  }

  /** How often it was counted since the last call; for one thread. */
  long take() {
    long sum = 0;
    for (int stripe = 1; stripe <= STRIPES; stripe++) {
      sum += (long) CELL.getOpaque(cells, stripe * LINE);
    }
    long since = sum - taken;
    taken = sum;
    return since;
  }
}
