// What the live part is given, and what it gives.
import type { Core } from '../core.ts';
import type { Prompt, PromptAction } from '../types.ts';

export interface LiveContext {
  core: Core;
  flagsChanged(revision: number): void;
  /** The tier or the usage of the user is another. */
  factsChanged(): void;
  entitlementPushed(body: Record<string, unknown>): void;
  /** The prompt on the screen is this one, or none. */
  show(prompt: Prompt | null): void;
}

export interface Live {
  acknowledge(promptId: string, action: PromptAction): void;
  /** The page is awake or online again. */
  wake(): void;
  close(): void;
}

export type StartLive = (context: LiveContext) => Live;
