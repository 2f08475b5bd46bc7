// The SDK of a page: its parts, and the events of the page that concern them.
import { createCore, type Core } from './core.ts';
import { createEntitlements } from './entitlement-client.ts';
import { browserEnvironment, type Environment } from './environment.ts';
import { createFlags, type LoadEvaluator } from './flag-client.ts';
import type { Live, LiveContext, StartLive } from './live/context.ts';
import { createTracker } from './tracker.ts';
import type { GrowthOptions } from './options.ts';
import type { AnyEvents, Growth, Prompt, PromptAction } from './types.ts';

/** Between two questions for the configuration. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;

/** Loads the parts that not every page needs. */
export interface Loaders {
  /** Prompts and live changes. */
  live(): Promise<StartLive>;
  evaluator: LoadEvaluator;
}

export function start<E = AnyEvents>(options: GrowthOptions, load: Loaders): Growth<E> {
  const env: Environment = { ...browserEnvironment(), ...options.environment };
  const core = createCore(options, env);
  // The events of the page are usage, too.
  const tracker = createTracker(core, () => flags.factsChanged());
  const flags = createFlags(core, tracker, load.evaluator, options.evaluator);
  const entitlements = createEntitlements(core);
  const live = createLive(core, load.live, {
    core,
    flagsChanged: flags.changed,
    factsChanged: flags.factsChanged,
    entitlementPushed: entitlements.pushed,
  });
  const { window: page, document } = env;
  const listening = new AbortController();

  const guard =
    <A extends unknown[], R>(run: (...args: A) => R) =>
    (...args: A): R | undefined => {
      try {
        const done = run(...args) as R & { catch?: (failed: (error: unknown) => void) => R };
        return done?.catch?.(core.broken) ?? done;
      } catch (error) {
        core.broken(error);
      }
    };
  const listen = <T extends Event>(target: EventTarget | null, type: string, heard: (event: T) => void) =>
    target?.addEventListener(type, guard(heard) as EventListener, { signal: listening.signal });

  const follow = async (): Promise<void> => {
    tracker.resume();
    live.follow();
    await Promise.all([flags.refresh(), entitlements.follow()]);
  };

  let again: unknown;
  // Asked until the node has spoken: before, nobody knows whether anything may be kept or sent.
  const configure = async (attempt = 0): Promise<void> => {
    try {
      core.configure(await core.json('/api/sdk/config'));
    } catch (error) {
      core.fail('unreachable', error);
    }
    tracker.resume();
    env.clearTimeout(again);
    if (!core.config.known && !core.closed)
      again = env.setTimeout(
        () => void configure(attempt + 1),
        core.pause(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
      );
  };

  const awake = () => {
    tracker.resume();
    flags.refreshOld();
    flags.factsChanged();
    void entitlements.resolve();
    live.follow();
  };

  /** What the page has said of its user. */
  let introduction: [traits: Record<string, unknown> | undefined] | null = null;
  // Once is enough to join the two ids; the store remembers over pages what could be noted.
  const introduce = (): void => {
    if (!introduction || core.consent.get() === 'denied') return;
    if (core.store.get('identified') === core.user) return;
    core.store.set('identified', core.user!);
    tracker.track('$identify', ...introduction);
  };

  core.consent.subscribe(() => {
    if (core.consent.get() === 'denied') tracker.clear();
    else tracker.resume();
    introduce();
    live.follow();
  });

  if (page) {
    listen(page, 'online', () => {
      void configure();
      awake();
    });
    listen(page, 'pageshow', awake);
    listen(page, 'storage', core.consent.heard);
    listen(page, 'pagehide', () => tracker.farewell(true));
    listen(document, 'visibilitychange', () =>
      document!.visibilityState === 'hidden' ? tracker.farewell(false) : awake(),
    );
    void configure();
    void entitlements.follow();
    live.follow();
  }

  return {
    // The third argument is for the classes of the seed, which name the user with each event.
    track: guard((name: string, properties?: Record<string, unknown>, user?: string | null) =>
      tracker.track(name, properties, user === undefined ? {} : { user }),
    ),
    identify: guard(async (userId: string, traits?: Record<string, unknown>) => {
      if (typeof userId !== 'string' || !userId) return core.fail('invalid_user');
      const fresh = core.user !== userId;
      core.user = userId;
      introduction = [traits ?? (fresh ? undefined : introduction?.[0])];
      if (traits) core.store.remove('identified');
      introduce();
      if (fresh) await follow();
    }),
    reset: guard(async () => {
      void tracker.flush();
      core.user = introduction = null;
      core.attributes = {};
      ['anonymous', 'identified', 'entitlement', 'flags', 'prompts'].forEach(core.store.remove);
      await follow();
    }),
    flush: guard(tracker.flush),
    close: guard(() => {
      core.closed = true;
      env.clearTimeout(again);
      tracker.close();
      flags.close();
      live.close();
      listening.abort();
    }),
    get user() {
      return core.user;
    },
    flags,
    entitlements,
    prompts: live.prompts,
    consent: core.consent,
  } as unknown as Growth<E>;
}

/** Prompts and live changes for the current user: loaded when there is one, and started anew for another. */
function createLive(core: Core, load: Loaders['live'], parts: Omit<LiveContext, 'show'>) {
  const { subscribe, notify } = core.watchers();
  let running: Live | null = null;
  let of: string | null = null;
  const prompts = {
    subscribe,
    current: null as Prompt | null,
    acknowledge(id: string, action: PromptAction) {
      try {
        running?.acknowledge(id, action);
      } catch (error) {
        core.broken(error);
      }
    },
  };
  const show = (prompt: Prompt | null) => {
    prompts.current = prompt;
    notify();
  };
  const close = () => {
    running?.close();
    running = null;
    if (prompts.current) show(null);
  };
  return {
    follow(): void {
      const { prompts: wanted, userToken } = core.options;
      const user = wanted !== false && userToken && core.consent.get() !== 'denied' ? core.user : null;
      if (user === of) return running?.wake();
      of = user;
      close();
      if (!user) return;
      load()
        .then((begin) => {
          if (of === user && !running && !core.closed) running = begin({ ...parts, show });
        })
        .catch((error) => {
          // Tried again when the page wakes.
          if (of === user) of = null;
          core.broken(error);
        });
    },
    close,
    prompts,
  };
}
