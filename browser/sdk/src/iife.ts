// For a script tag: everything in one file, as `growthbus.createGrowth`.
import { start } from './growth.ts';
import { startLive } from './live/start.ts';
import type { Growth, GrowthOptions } from './types.ts';

export const createGrowth = (options: GrowthOptions = {}): Growth =>
  start(options, () => Promise.resolve(startLive));
