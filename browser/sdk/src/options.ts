// What a page may say to the SDK.
import type { StartLive } from './live/context.ts';
import type { CoreOptions, PromptViewOptions } from './types.ts';

export interface PromptOptions extends PromptViewOptions {
  /** The part that is loaded when it is needed, imported beforehand: `startLive` of `/prompts`. */
  start?: StartLive;
}

export interface GrowthOptions extends CoreOptions {
  /** Prompts and live changes: false switches them off. */
  prompts?: false | PromptOptions;
}
