// flagd-core, which evaluates flagd's definitions in JavaScript.
import { FlagdCore } from '@openfeature/flagd-core';
import { flags, PLAN, ROLLOUT, RULE, SEATS, users, WANTED } from './users.js';

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

export default () => {
  const boolean = (key, targeting) => [
    key,
    { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off', targeting },
  ];
  const core = new FlagdCore(undefined, quiet);
  core.setConfigurations(
    JSON.stringify({
      flags: Object.fromEntries(
        flags(
          (key) => boolean(key, { fractional: [['on', 50], ['off', 50]] }),
          (key) =>
            boolean(key, {
              if: [
                {
                  and: [
                    { in: [{ var: 'country' }, WANTED] },
                    { starts_with: [{ var: 'plan' }, PLAN] },
                    { '>=': [{ var: 'seats' }, SEATS] },
                  ],
                },
                'on',
                'off',
              ],
            }),
        ),
      ),
    }),
  );
  const contexts = users.map(({ id, ...attributes }) => ({ targetingKey: id, ...attributes }));
  return {
    rollout: (number) => core.resolveBooleanEvaluation(ROLLOUT, false, contexts[number], quiet).value,
    rule: (number) => core.resolveBooleanEvaluation(RULE, false, contexts[number], quiet).value,
  };
};
