// For a script tag: everything in one file, as `growthbus.createGrowth`.
import { start } from './growth.ts';
import { startLive } from './live/start.ts';
import type { GrowthOptions } from './options.ts';

Object.assign(globalThis, {
  growthbus: {
    createGrowth: (options: GrowthOptions = {}) => start(options, () => Promise.resolve(startLive)),
  },
});
