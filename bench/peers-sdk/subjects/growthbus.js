// The evaluator of the product, as pages use it.
import { prepare } from '../../../browser/sdk/src/flags/index.ts';
import { flags, PLAN, ROLLOUT, RULE, SEATS, users, WANTED } from './users.js';

/** @param bucketing seed, as a flag that says nothing of it, or murmur3, as the peers */
export function create(bucketing = 'seed') {
  const snapshot = prepare({
    version: 1,
    flags: flags(
      (key) => ({ key, enabled: true, rollout_percentage: 50, target_users: [], bucketing }),
      (key) => ({
        key,
        enabled: true,
        rollout_percentage: 0,
        target_users: [],
        rules: [
          {
            key: 'teams',
            if: [
              { attribute: 'country', operator: 'in', values: WANTED },
              { attribute: 'plan', operator: 'starts_with', values: [PLAN] },
              { attribute: 'seats', operator: 'gte', values: [SEATS] },
            ],
          },
        ],
      }),
    ),
  });
  return {
    rollout: (number) => snapshot.evaluate(ROLLOUT, users[number].id).value === true,
    rule: (number) => snapshot.evaluate(RULE, users[number].id, users[number]).value === true,
  };
}

export default () => create();
