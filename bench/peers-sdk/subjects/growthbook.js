// GrowthBook's client for many users, as a server has it; each user's context is made beforehand.
import { GrowthBookClient } from '@growthbook/growthbook';
import { flags, PLAN, ROLLOUT, RULE, SEATS, users, WANTED } from './users.js';

export default () => {
  const features = Object.fromEntries(
    flags(
      (key) => [key, { defaultValue: false, rules: [{ force: true, coverage: 0.5, hashAttribute: 'id' }] }],
      (key) => [
        key,
        {
          defaultValue: false,
          rules: [
            {
              force: true,
              condition: {
                country: { $in: WANTED },
                plan: { $regex: `^${PLAN}` },
                seats: { $gte: SEATS },
              },
            },
          ],
        },
      ],
    ),
  );
  const client = new GrowthBookClient();
  client.initSync({ payload: { features } });
  const contexts = users.map((attributes) => ({ attributes }));
  return {
    rollout: (number) => client.isOn(ROLLOUT, contexts[number]),
    rule: (number) => client.isOn(RULE, contexts[number]),
  };
};
