// One tab of several: Web Locks, or a lease in the shared storage where there are none to be had.
import type { Environment } from './environment.ts';
import type { Store } from './store.ts';

export interface Tabs {
  /**
   * Runs something in one tab at a time.
   *
   * @param waits whether to wait for the tab that runs it; else nothing is done now
   * @param signal ends the waiting
   */
  alone(name: string, waits: boolean, run: () => Promise<void>, signal?: AbortSignal): Promise<void>;
}

const LEASE_MS = 15_000;
const SETTLE_MS = 60;

export function createTabs(env: Environment, store: Store, prefix: string): Tabs {
  const self = String(env.random());
  const sleep = (ms: number) => new Promise<void>((resolve) => env.setTimeout(resolve, ms));

  /** For browsers and contexts without Web Locks: two tabs may rarely both run, which costs a repetition. */
  const leased: Tabs['alone'] = async (name, waits, run, signal) => {
    const key = 'lease.' + name;
    const holder = () => {
      const [tab, until] = (store.get(key) || '').split(' ');
      return tab && +until! > env.now() ? tab : '';
    };
    while (!(signal && signal.aborted)) {
      if (!holder()) {
        const claim = () => store.set(key, self + ' ' + (env.now() + LEASE_MS));
        claim();
        // Two tabs that wrote at the same moment see here who was last.
        await sleep(SETTLE_MS);
        if (holder() === self) {
          const renewal = setInterval(claim, LEASE_MS / 3);
          return run().finally(() => {
            clearInterval(renewal);
            store.remove(key);
          });
        }
      }
      if (!waits) return;
      await sleep(LEASE_MS / 5);
    }
  };

  return {
    alone: async (name, waits, run, signal) => {
      let asked = false;
      try {
        if (env.locks) {
          return await env.locks.request(
            prefix + name,
            waits ? (signal ? { signal } : {}) : { ifAvailable: true },
            (lock) => {
              asked = true;
              return lock ? run() : undefined;
            },
          );
        }
      } catch (error) {
        // A sandboxed frame, or one without storage, has locks and may not use them.
        if (asked || (signal && signal.aborted)) throw error;
      }
      return leased(name, waits, run, signal);
    },
  };
}
