// Chance that is the same in every run.

/** Gives whole numbers from 0 to below a bound, by a xorshift generator. */
export function chance(seed: number): (bound: number) => number {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** One of some values. */
export function pick<T>(random: (bound: number) => number, values: readonly T[]): T {
  return values[random(values.length)]!;
}

const UNITS = [
  '',
  'a',
  '~',
  '\0',
  'é',
  '\u07ff',
  '\u0800',
  '\uffff',
  '😀',
  '\u{10ffff}',
  '\ud800',
  '\udbff',
  '\udc00',
];

/** A text of any UTF-16 units, halves of pairs among them. */
export function text(random: (bound: number) => number, longest = 12): string {
  let result = '';
  for (let i = random(longest + 1); i > 0; i--) {
    result += random(3) ? pick(random, UNITS) : String.fromCharCode(random(0x10000));
  }
  return result;
}
