// Who is asked for, and the rule over three attributes: as benchmark flags has them in the JVM.
export const COUNT = 1024;
export const FLAGS = 100;
export const ROLLOUT = 'flag-42';
export const RULE = 'flag-77';
export const WANTED = ['de', 'fr', 'it', 'es'];
export const PLAN = 'team';
export const SEATS = 10;

const COUNTRIES = ['de', 'fr', 'it', 'es', 'us'];
const PLANS = ['team-monthly', 'team-yearly', 'free'];

/** A user by number. */
export function user(number) {
  return {
    id: `user-${number * 7919}`,
    country: COUNTRIES[number % COUNTRIES.length],
    plan: PLANS[number % PLANS.length],
    seats: number % 50,
  };
}

/** Whether the rule concerns a user. */
export function fits({ country, plan, seats }) {
  return WANTED.includes(country) && plan.startsWith(PLAN) && seats >= SEATS;
}

export const users = Array.from({ length: COUNT }, (_, number) => user(number));

/** Every flag by key, of which one has the rule. */
export function flags(plain, ruled) {
  return Array.from({ length: FLAGS }, (_, i) => `flag-${i}`).map((key) =>
    key === RULE ? ruled(key) : plain(key),
  );
}
