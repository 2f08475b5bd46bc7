// One number for the answers of many flags in many contexts, whichever evaluator gave them: SHA-256 over a line for
// each, sorted by context and key.
import type { Decision, Snapshot } from '../../src/flags/index.ts';

export interface Context {
  user: string | null;
  attributes: Record<string, unknown>;
}

const NONE = /^(TARGETING_KEY_MISSING|FLAG_NOT_FOUND)$/;

/** JSON without spaces and with sorted names. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

/** Context, key, value, variant and reason, separated by tabs; an answer without a value has none. */
export function line(index: number, key: string, { value, variant, reason }: Decision): string {
  const [said, of] = NONE.test(reason) ? ['-', '-'] : [canonical(value), variant];
  return `${index}\t${key}\t${said}\t${of}\t${reason}\n`;
}

/** The lines of some contexts.
 *
 * @param keys sorted
 */
export function lines(contexts: readonly Context[], keys: readonly string[], of: (at: Context) => Snapshot) {
  return contexts.flatMap((context, index) => {
    const snapshot = of(context);
    return keys.map((key) => line(index, key, snapshot.evaluate(key, context.user, context.attributes)));
  });
}

export async function digest(all: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(all.join(''));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
