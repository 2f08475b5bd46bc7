// The SDK of a page: its parts, and the events of the page that concern them.
import { createCore, type Core } from './core.ts';
import { createEntitlements } from './entitlement-client.ts';
import { browserEnvironment, type Environment } from './environment.ts';
import { createFlags } from './flag-client.ts';
import { parse } from './json.ts';
import type { Live, LiveContext, StartLive } from './live/start.ts';
import { createTracker } from './tracker.ts';
import type { AnyEvents, Growth, GrowthOptions, Prompt, PromptAction } from './types.ts';

/** Loads the part for prompts and live changes. */
export type LoadLive = () => Promise<StartLive>;

export function start<E = AnyEvents>(options: GrowthOptions, loadLive: LoadLive): Growth<E> {
  const env: Environment = { ...browserEnvironment(), ...options.environment };
  const core = createCore(options, env);
  const tracker = createTracker(core);
  const flags = createFlags(core, tracker);
  const entitlements = createEntitlements(core);
  const live = createLive(core, loadLive, {
    core,
    flagsChanged: flags.changed,
    entitlementPushed: entitlements.pushed,
  });
  const { window: page, document } = env;
  const listeners: [EventTarget, string, () => void][] = [];
  const listen = (target: EventTarget | null, type: string, heard: () => void) => {
    if (!target) return;
    const safe = guard(core, heard);
    target.addEventListener(type, safe);
    listeners.push([target, type, safe]);
  };

  const follow = async (): Promise<void> => {
    tracker.resume();
    live.follow();
    await Promise.all([flags.refresh(), entitlements.follow()]);
  };

  const configure = async (): Promise<void> => {
    try {
      const response = await core.request('/api/sdk/config', { credentials: 'omit' });
      if (response.ok) core.configure(parse(await response.text()));
      else core.fail('unconfigured', 'the node did not give its settings', response.status);
    } catch (error) {
      core.fail('unreachable', 'the node did not give its settings', error);
    }
    tracker.resume();
  };

  const awake = () => {
    tracker.resume();
    flags.refreshOld();
    void entitlements.resolve();
    live.follow();
  };

  core.consent.subscribe(() => {
    if (core.consent.get() === 'denied') tracker.clear();
    else tracker.resume();
    live.follow();
  });

  if (page) {
    listen(page, 'online', () => {
      void configure();
      awake();
    });
    listen(page, 'pageshow', awake);
    listen(page, 'pagehide', () => tracker.farewell(true));
    listen(document, 'visibilitychange', () => {
      if (document!.visibilityState === 'hidden') tracker.farewell(false);
      else awake();
    });
    void configure();
    void entitlements.follow();
    live.follow();
  }

  return {
    // The third argument is for the classes of the seed, which name the user with each event.
    track: guard(core, (name: string, properties?: Record<string, unknown>, user?: string | null) =>
      tracker.track(name, properties, user === undefined ? {} : { user }),
    ),
    identify: guardAsync(core, async (userId: string, traits?: Record<string, unknown>) => {
      if (typeof userId !== 'string' || !userId) return core.fail('invalid_user', 'a user id is a text');
      const fresh = core.user !== userId;
      // Once a page is enough to join the two ids; the store remembers over pages.
      if (fresh) core.become(userId);
      if (traits || core.store.get('identified') !== userId) {
        tracker.track('$identify', traits || {});
        core.store.set('identified', userId);
      }
      if (fresh) await follow();
    }),
    reset: guardAsync(core, async () => {
      void tracker.flush();
      core.become(null);
      ['anonymous', 'identified', 'entitlement', 'flags', 'prompts'].forEach(core.store.remove);
      await follow();
    }),
    flush: guardAsync(core, () => tracker.flush()),
    close: guard(core, () => {
      core.closed = true;
      tracker.close();
      live.close();
      listeners.forEach(([target, type, heard]) => target.removeEventListener(type, heard));
    }),
    get user() {
      return core.user;
    },
    flags,
    entitlements,
    prompts: live.prompts,
    consent: core.consent,
  } as Growth<E>;
}

function guard<A extends unknown[]>(core: Core, run: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      run(...args);
    } catch (error) {
      core.fail('internal', 'something failed inside', error);
    }
  };
}

function guardAsync<A extends unknown[]>(
  core: Core,
  run: (...args: A) => Promise<void> | void,
): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      await run(...args);
    } catch (error) {
      core.fail('internal', 'something failed inside', error);
    }
  };
}

/** Prompts and live changes for the current user: loaded when there is one, and started anew for another. */
function createLive(core: Core, load: LoadLive, parts: Omit<LiveContext, 'show'>) {
  const watching = core.watchers();
  let current: Prompt | null = null;
  let running: Live | null = null;
  let of: string | null = null;
  const wanted = (): string | null =>
    core.options.prompts !== false && core.options.userToken && core.consent.get() !== 'denied'
      ? core.user
      : null;
  const show = (prompt: Prompt | null) => {
    current = prompt;
    watching.notify();
  };
  const end = () => {
    if (running) running.close();
    running = null;
    if (current) show(null);
  };
  return {
    follow(): void {
      const user = wanted();
      if (user === of) return running ? running.wake() : undefined;
      of = user;
      end();
      if (!user) return;
      load()
        .then((begin) => {
          if (of === user && !running && !core.closed) running = begin({ ...parts, show });
        })
        .catch((error) => {
          // Tried again when the page wakes.
          if (of === user) of = null;
          core.fail('internal', 'prompts could not be loaded', error);
        });
    },
    close: end,
    prompts: {
      subscribe: watching.subscribe,
      get current() {
        return current;
      },
      acknowledge: guard(core, (id: string, action: PromptAction) => {
        if (running) running.acknowledge(id, action);
      }),
    },
  };
}
