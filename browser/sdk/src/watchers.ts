// Those of the page who want to know of changes and failures.

/** Tells the page what went wrong; never throws. */
export type Fail = (code: string, cause?: unknown) => void;

export interface Watchers {
  subscribe(changed: () => void): () => void;
  notify(): void;
}

export function watchers(fail: Fail): Watchers {
  const all = new Set<() => void>();
  return {
    subscribe(changed) {
      // Its own entry, so that one function can watch twice.
      const entry = () => changed();
      all.add(entry);
      return () => void all.delete(entry);
    },
    notify() {
      all.forEach((changed) => {
        try {
          changed();
        } catch (error) {
          fail('listener_failed', error);
        }
      });
    },
  };
}
