// Measures one subject in a fresh process or page: nanoseconds an evaluation, and what it answers.
import { COUNT } from './users.js';

/**
 * @param create makes the subject
 * @param warmMs run before the measurement, not counted
 * @param windowMs measured
 */
export function measure(create, warmMs, windowMs) {
  const subject = create();
  const { rollout, rule } = subject;
  const answers = (ask) => Array.from({ length: COUNT }, (_, number) => (ask(number) ? 1 : 0)).join('');
  const result = { rollout: answers(rollout), rule: answers(rule) };
  timed(rollout, warmMs);
  result.rollout_ns = timed(rollout, windowMs);
  timed(rule, warmMs);
  result.rule_ns = timed(rule, windowMs);
  return result;
}

// Kept where the optimizer sees it used.
let on = 0;

function timed(ask, forMs) {
  const start = performance.now();
  let evaluations = 0;
  let now = start;
  while (now - start < forMs) {
    for (let round = 0; round < 16; round++) {
      for (let number = 0; number < COUNT; number++) if (ask(number)) on++;
    }
    evaluations += 16 * COUNT;
    now = performance.now();
  }
  globalThis.benchOn = on;
  return ((now - start) * 1e6) / evaluations;
}
