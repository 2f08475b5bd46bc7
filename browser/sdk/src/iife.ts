// For a script tag, as `growthbus.createGrowth`: the parts that not every page needs are loaded from where it is.
import type { Prepare } from './flags/index.ts';
import { start } from './growth.ts';
import type { StartLive } from './live/context.ts';
import type { GrowthOptions } from './options.ts';

/** Names of the parts, with what tells their contents apart; put in when they are built. */
declare const LIVE: string;
declare const EVALUATOR: string;

/** Where this script is; where nobody can say, as the node serves it. */
const home = globalThis.document?.currentScript as HTMLScriptElement | null;

Object.assign(globalThis, {
  growthbus: {
    createGrowth(options: GrowthOptions = {}) {
      const part = (name: string) =>
        import(new URL(name, home?.src || new URL((options.url || '') + '/sdk/', location.href)).href);
      return start(options, {
        live: async () => ((await part(LIVE)) as { startLive: StartLive }).startLive,
        evaluator: async () => ((await part(EVALUATOR)) as { prepare: Prepare }).prepare,
      });
    },
  },
});
