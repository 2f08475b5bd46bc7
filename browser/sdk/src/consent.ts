// What the user has agreed to, by purpose, and what may therefore be kept on the device.
import type { Config } from './config.ts';
import { isObject, parse } from './json.ts';
import type { Environment } from './environment.ts';
import type { Store } from './store.ts';
import type { Consent, ConsentByPurpose, ConsentState, CoreOptions } from './types.ts';
import type { Watchers } from './watchers.ts';

export interface KnownConsent extends Consent {
  /** What is told with a batch, by purpose; nothing when nothing was said. */
  said(): Record<string, boolean | null> | undefined;
  /** Something has changed on the device; takes over what another tab has chosen. */
  heard(event: StorageEvent): void;
  /** Makes the device follow; tells those who watch when it is not as before. */
  settle(before?: ConsentState): void;
}

const STRICTNESS: ConsentState[] = ['denied', 'pending', 'granted'];

const strictest = (states: ConsentState[]): ConsentState | undefined =>
  STRICTNESS.find((state) => states.includes(state));

export function createConsent(
  options: CoreOptions,
  env: Environment,
  store: Store,
  config: () => Config,
  watching: Watchers,
): KnownConsent {
  const byPurpose = (said: unknown): ConsentByPurpose => {
    const all = isObject(said) ? said : { [config().consent.purpose]: said };
    const valid: ConsentByPurpose = {};
    // Words that are none of the three say nothing.
    for (const purpose in all)
      if (STRICTNESS.includes(all[purpose] as ConsentState)) valid[purpose] = all[purpose] as ConsentState;
    return valid;
  };
  // Of what the page says at its start and what was chosen here before, a refusal wins; "pending" is no choice.
  const initial = (): ConsentByPurpose => {
    const chosen = byPurpose(parse(store.choice()));
    const said = byPurpose(options.consent);
    const both = { ...said, ...chosen };
    for (const purpose in said) {
      if (chosen[purpose] && said[purpose] === 'denied') both[purpose] = 'denied';
    }
    return both;
  };
  let purposes: ConsentByPurpose | null = null;
  const states = (): ConsentByPurpose => (purposes = purposes || initial());
  const gpc = env.navigator.globalPrivacyControl === true;

  const consent: KnownConsent = {
    subscribe: watching.subscribe,
    get(purpose = config().consent.purpose) {
      const all = states();
      // As the node decides: the purpose itself, else the strictest of what was said, else its default.
      return (
        all[purpose] ||
        strictest(Object.values(all)) ||
        (config().consent.required ? (gpc && config().known ? 'denied' : 'pending') : 'granted')
      );
    },
    said() {
      const all = { ...states() };
      const { purpose, required } = config().consent;
      if (gpc && !all.sharing) all.sharing = 'denied';
      if (!required && !Object.keys(all).length) return undefined;
      all[purpose] = consent.get();
      const said: Record<string, boolean | null> = {};
      for (const name in all)
        said[name] = all[name] === 'granted' ? true : all[name] === 'denied' ? false : null;
      return said;
    },
    set(said) {
      const before = consent.get();
      const next = byPurpose(said);
      purposes = { ...states(), ...next };
      const all = next[config().consent.purpose];
      if (typeof said === 'string' && all) for (const name in purposes) purposes[name] = all;
      const chosen = Object.values(purposes).some((state) => state !== 'pending');
      store.choice(chosen ? JSON.stringify(purposes) : '');
      consent.settle(before);
    },
    heard({ key }) {
      if (key !== store.choiceKey) return;
      const before = consent.get();
      purposes = { ...byPurpose(options.consent), ...byPurpose(parse(store.choice())) };
      consent.settle(before);
    },
    settle(before) {
      const state = consent.get();
      // As long as nobody has said anything, what an earlier page has left stays where it is.
      const said = config().known || Object.keys(states()).length > 0;
      store.open(state === 'granted', said);
      if (state === 'denied') store.clear();
      if (before && before !== state) watching.notify();
    },
  };
  return consent;
}
