// @growthbus/browser: telemetry, flags, entitlements and prompts of a page.
import { start } from './growth.ts';
import type { GrowthOptions } from './options.ts';
import type { AnyEvents, Growth } from './types.ts';

export type * from './options.ts';
export type * from './types.ts';
export type { Environment } from './environment.ts';

/**
 * Starts the SDK. Nothing that it does throws into the page; what goes wrong is told to `onError`.
 *
 * The part for prompts and live changes is loaded when a user with a token is there, the evaluator when there are
 * flags that take it.
 */
export function createGrowth<E = AnyEvents>(options: GrowthOptions = {}): Growth<E> {
  const given = options.prompts && options.prompts.start;
  return start<E>(options, {
    live: async () => given || (await import('./live/start.ts')).startLive,
    evaluator: async () => (await import('./flags/index.ts')).prepare,
  });
}
