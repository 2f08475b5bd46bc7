// The entitlement sync that the product grew from, restated: any body is taken for a state.
export interface EntitlementState {
  tier: 'free' | 'pro' | 'enterprise';
  limits: Record<string, number>;
  last_sync: number;
}

const CACHE_TTL = 300_000;
const gracePeriod = new Map<string, EntitlementState>();

export class EntitlementSync {
  async resolve(userId: string): Promise<EntitlementState> {
    const cached = gracePeriod.get(userId);
    if (cached && Date.now() - cached.last_sync < CACHE_TTL) return cached;
    try {
      const res = await fetch(`/api/billing/entitlements/${userId}`);
      const state = (await res.json()) as EntitlementState;
      state.last_sync = Date.now();
      gracePeriod.set(userId, state);
      return state;
    } catch {
      return cached ?? { tier: 'free', limits: { api_calls: 100 }, last_sync: 0 };
    }
  }
}
