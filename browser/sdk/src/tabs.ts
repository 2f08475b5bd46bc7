// One tab of several: Web Locks, or a lease in the shared storage where there are none.
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
  const holder = (key: string): string => {
    const [name, until] = (store.get(key) || '').split(' ');
    return name && Number(until) > env.now() ? name : '';
  };

  return {
    async alone(name, waits, run, signal) {
      if (env.locks) {
        const options = waits ? (signal ? { signal } : {}) : { ifAvailable: true };
        return env.locks.request(prefix + name, options, (lock) => (lock ? run() : undefined));
      }
      const key = 'lease.' + name;
      for (;;) {
        if (signal && signal.aborted) return;
        if (!holder(key)) {
          const claim = () => store.set(key, self + ' ' + (env.now() + LEASE_MS));
          claim();
          // Two tabs that wrote at the same moment see here who was last.
          await sleep(SETTLE_MS);
          if (holder(key) === self) {
            let renewal: unknown;
            const renew = () => {
              claim();
              renewal = env.setTimeout(renew, LEASE_MS / 3);
            };
            renew();
            try {
              return await run();
            } finally {
              env.clearTimeout(renewal);
              store.remove(key);
            }
          }
        }
        if (!waits) return;
        await sleep(LEASE_MS / 5);
      }
    },
  };
}
