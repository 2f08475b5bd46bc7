// What a page may say to the SDK.
import type { Prepare } from './flags/index.ts';
import type { StartLive } from './live/context.ts';
import type { CoreOptions, PromptViewOptions } from './types.ts';

export interface PromptOptions extends PromptViewOptions {
  /** The part that is loaded when it is needed, imported beforehand: `startLive` of `/prompts`. */
  start?: StartLive;
}

export interface GrowthOptions extends CoreOptions {
  /**
   * The evaluator of flags with rules, imported beforehand: `prepare` of `/flags`. For servers, and for pages
   * whose `bootstrap` has such flags that must be right at once.
   */
  evaluator?: Prepare;
  /** Prompts and live changes: false switches them off. */
  prompts?: false | PromptOptions;
}
