// The flag evaluator that the product grew from, restated.
export interface FlagDefinition {
  key: string;
  enabled: boolean;
  rollout_percentage: number;
  target_users?: string[];
}

export class FlagEvaluator {
  private flags: Map<string, FlagDefinition> = new Map();

  load(flags: FlagDefinition[]): void {
    this.flags.clear();
    flags.forEach((f) => this.flags.set(f.key, f));
  }

  isFeatureEnabled(key: string, userId: string): boolean {
    const flag = this.flags.get(key);
    if (!flag) return false;
    if (!flag.enabled) return false;
    if (flag.target_users?.includes(userId)) return true;
    const hash = this.hashString(userId + key);
    const bucket = hash % 100;
    return bucket < flag.rollout_percentage;
  }

  private hashString(str: string): number {
    let hash = 0;
    for (let i = 0; i < str.length; i++) {
      hash = (hash << 5) - hash + str.charCodeAt(i);
      hash |= 0;
    }
    return Math.abs(hash);
  }
}
