// @growthbus/browser/seed: the classes that the product grew from, under their own names, over the SDK.
// Code written for them moves by changing an import.
import { prepare, type Snapshot } from './flags/index.ts';
import { createGrowth } from './index.ts';
import type { Entitlement, Growth } from './types.ts';

export type EntitlementState = Pick<Entitlement, 'tier' | 'limits' | 'last_sync' | 'state'>;

export interface FlagDefinition {
  key: string;
  enabled: boolean;
  rollout_percentage: number;
  target_users?: string[];
}

let shared: Growth | null = null;

/** The SDK behind the classes; the page's own origin and no key unless {@link useGrowth} named one. */
const growth = (): Growth => (shared = shared || createGrowth({ prompts: false }));

/** Lets the classes use an SDK that the page has started. */
export function useGrowth(own: Growth): void {
  shared = own;
}

export class GrowthTracker {
  track(name: string, properties: Record<string, unknown>, userId?: string): void {
    (growth().track as (name: string, properties: object, userId: string | null) => void)(
      name,
      properties,
      userId ?? null,
    );
  }
}

export const tracker = new GrowthTracker();

export class FlagEvaluator {
  private snapshot: Snapshot | null = null;

  load(flags: FlagDefinition[]): void {
    this.snapshot = prepare({ version: 0, flags });
  }

  isFeatureEnabled(key: string, userId: string): boolean {
    return !!this.snapshot && this.snapshot.evaluate(key, userId).value === true;
  }
}

export class EntitlementSync {
  resolve(userId: string): Promise<EntitlementState> {
    return growth().entitlements.resolve(userId);
  }
}

const ACTIVATION_THRESHOLDS: Record<string, number> = { project_created: 3, api_calls: 50, team_invites: 2 };

export class ActivationEngine {
  private readonly sync = new EntitlementSync();

  /** Prompts a free user who has reached a threshold; the node's rules do the same from what it counts. */
  async evaluate(userId: string, event: string, count: number): Promise<void> {
    const state = await this.sync.resolve(userId);
    const threshold = ACTIVATION_THRESHOLDS[event];
    // A user of whom nothing can be read may well be a paying one.
    if (state.tier !== 'free' || state.state === 'fallback' || !threshold || count < threshold) return;
    tracker.track('activation_threshold_crossed', { event, count, userId });
    window.dispatchEvent(new CustomEvent('show-upgrade-prompt', { detail: { event, count } }));
  }
}
