// The activation engine that the product grew from, restated.
import { tracker } from '../telemetry/tracker.ts';
import { EntitlementSync } from '../entitlements/sync.ts';

const ACTIVATION_THRESHOLDS = {
  project_created: 3,
  api_calls: 50,
  team_invites: 2,
};

export class ActivationEngine {
  private sync = new EntitlementSync();

  async evaluate(userId: string, event: string, count: number): Promise<void> {
    const state = await this.sync.resolve(userId);
    if (state.tier !== 'free') return;
    const threshold = ACTIVATION_THRESHOLDS[event as keyof typeof ACTIVATION_THRESHOLDS];
    if (!threshold) return;
    if (count >= threshold) {
      tracker.track('activation_threshold_crossed', { event, count, userId });
      window.dispatchEvent(new CustomEvent('show-upgrade-prompt', { detail: { event, count } }));
    }
  }
}
