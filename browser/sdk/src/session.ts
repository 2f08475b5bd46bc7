// Who the user is, and how that is proven.
import type { Environment } from './environment.ts';
import { uuidV7 } from './ids.ts';
import { plain } from './json.ts';
import type { Store } from './store.ts';
import type { Attributes, Consent, CoreOptions } from './types.ts';
import type { Fail } from './watchers.ts';

export interface Session {
  user: string | null;
  attributes: Attributes;
  /** Id of a visitor who is not logged in. */
  anonymousId(): string;
  /** Whom flags are for; null when nothing may be known. */
  unit(): string | null;
  /** A token of the user; undefined where the page gives none, rejects when it could not be made. */
  token(user?: string | null, renew?: boolean): Promise<string | undefined>;
  /** The same without waiting; undefined when there is none that is valid. */
  tokenNow(user: string | null): string | undefined;
  /** When the current token ends, ms since the epoch; 0 when nobody can say. */
  tokenEnds(): number;
}

const TOKEN_MARGIN_MS = 30_000;
const TOKENS = 4;

export function createSession(
  options: CoreOptions,
  env: Environment,
  store: Store,
  consent: Consent,
  fail: Fail,
): Session {
  const tokens = new Map<string, { token: string; ends: number }>();
  let asking: { user: string; answer: Promise<string> } | null = null;
  const valid = (user: string): string | undefined => {
    const known = tokens.get(user);
    return known && (!known.ends || known.ends > env.now() + TOKEN_MARGIN_MS) ? known.token : undefined;
  };
  const ask = async (user: string): Promise<string> => {
    try {
      const token = String(await options.userToken!());
      const { sub, exp } = claims(token);
      if (sub !== undefined && sub !== user) throw new Error('the token is of another user');
      tokens.delete(user);
      tokens.set(user, { token, ends: (exp || 0) * 1000 });
      if (tokens.size > TOKENS) tokens.delete(tokens.keys().next().value!);
      return token;
    } catch (error) {
      fail('token_unavailable', error);
      throw error;
    } finally {
      if (asking && asking.user === user) asking = null;
    }
  };
  const session: Session = {
    user: options.user || null,
    attributes: plain(options.attributes, (error) => fail('invalid_attributes', error)),
    anonymousId() {
      let id = store.get('anonymous');
      if (!id) store.set('anonymous', (id = uuidV7(env.now())));
      return id;
    },
    unit: () => session.user || (consent.get() === 'denied' ? null : session.anonymousId()),
    async token(user = session.user, renew) {
      if (!user || !options.userToken) return undefined;
      const known = renew ? undefined : valid(user);
      // The page makes tokens of the current user only.
      if (known || user !== session.user) return known;
      if (!asking || asking.user !== user) asking = { user, answer: ask(user) };
      return asking.answer;
    },
    tokenNow: (user) => (user ? valid(user) : undefined),
    tokenEnds: () => (tokens.get(session.user || '') || { ends: 0 }).ends,
  };
  return session;
}

/** What a JWT claims; nothing when it cannot be read. */
function claims(token: string): { sub?: string; exp?: number } {
  try {
    const bytes = atob(token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
    return JSON.parse(text) as { sub?: string; exp?: number };
  } catch {
    return {};
  }
}
