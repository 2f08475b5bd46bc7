// The page's socket: frames of the event-bus bridge over a raw WebSocket, opened again when it is lost.
import type { Core } from '../core.ts';
import { isObject, parse } from '../json.ts';

export interface SocketHandlers {
  message(address: string, body: Record<string, unknown>): void;
  state(open: boolean): void;
}

export interface Socket {
  /** False when it is not open and nothing was sent. */
  send(address: string, body: unknown): boolean;
  isOpen(): boolean;
  /** Tries again now instead of later. */
  wake(): void;
  close(): void;
}

/** What a WebSocket and a SockJS have in common. */
interface Wire {
  binaryType?: string;
  readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

const ADDRESSES = ['me.prompts', 'me.entitlements', 'public.flags'];
const OPEN = 1;
const PING_MS = 20_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const RENEW_BEFORE_MS = 60_000;
/** Least time between two renewals, however short the tokens are and whatever the clock says. */
const LEAST_RENEWAL_MS = 10_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Times that a WebSocket may fail to open before another way is tried. */
const PATIENCE = 2;
/** Close codes of the node: the token has ended, the user is erased. */
const TOKEN_EXPIRED = 4401;
const ERASED = 4410;

export function openSocket(core: Core, handlers: SocketHandlers): Socket {
  const { env, options, fail } = core;
  const base = new URL((options.url || '').replace(/\/+$/, '') + '/eventbus', env.href || undefined).href;
  const user = core.user;
  let wire: Wire | null = null;
  let opening = false;
  let closed = false;
  let renew = false;
  let attempt = 0;
  let neverOpened = 0;
  let retry: unknown;
  let ping: unknown;
  let renewal: unknown;

  const frame = (content: Record<string, unknown>): boolean => {
    if (!wire || wire.readyState !== OPEN) return false;
    wire.send(JSON.stringify(content));
    return true;
  };

  const pinging = (): void => {
    ping = env.setTimeout(() => {
      // A socket that has lasted so long is a good one.
      attempt = 0;
      frame({ type: 'ping' });
      pinging();
    }, PING_MS);
  };

  const renewLater = (): void => {
    const ends = core.tokenEnds();
    if (!ends) return;
    const left = ends - env.now();
    const wait = Math.max(LEAST_RENEWAL_MS, left - Math.min(RENEW_BEFORE_MS, left / 2));
    renewal = env.setTimeout(
      () => {
        core
          .token(user, true)
          .then((token) => frame({ type: 'send', address: 'me.session', body: { token } }) && renewLater())
          // The node closes the socket at the end of the token; opening it again asks for another one.
          .catch(() => {});
      },
      Math.min(wait, LONGEST_TIMER_MS),
    );
  };

  const stopTimers = (): void => [retry, ping, renewal].forEach((timer) => env.clearTimeout(timer));

  const received = (data: unknown): void => {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer);
    const json = parse(text);
    if (!isObject(json)) return;
    if (json.type === 'rec' && isObject(json.body)) {
      attempt = 0;
      handlers.message(String(json.address), json.body);
    } else if (json.type === 'err') {
      fail('socket_refused', json);
      if (json.body !== 'not_logged_in') return;
      renew = true;
      if (wire) wire.close();
    }
  };

  const lost = (of: Wire | null, code: number): void => {
    if (of !== wire) return;
    wire = null;
    stopTimers();
    // Who is being erased has no place here any more.
    if (code === ERASED) closed = true;
    if (closed) return;
    if (code === TOKEN_EXPIRED) renew = true;
    handlers.state(false);
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt++);
    retry = env.setTimeout(open, most / 4 + core.jitter(most));
  };

  const construct = async (): Promise<Wire> => {
    const other = options.prompts && options.prompts.sockjs;
    if (other && (neverOpened >= PATIENCE || !env.WebSocket)) {
      const loaded = (await other()) as { default?: unknown };
      return new ((loaded.default || loaded) as new (url: string) => Wire)(base);
    }
    if (!env.WebSocket) throw new Error('the browser has no WebSocket');
    return new env.WebSocket(base.replace(/^http/, 'ws') + '/websocket') as unknown as Wire;
  };

  const connect = async (): Promise<void> => {
    const token = await core.token(user, renew);
    renew = false;
    const made = await construct();
    if (closed) return made.close();
    wire = made;
    // The bridge of some versions sends its frames as binary ones.
    made.binaryType = 'arraybuffer';
    let opened = false;
    made.onopen = () => {
      opened = true;
      neverOpened = 0;
      const headers = { authorization: 'Bearer ' + token };
      ADDRESSES.forEach((address) => frame({ type: 'register', address, headers }));
      pinging();
      renewLater();
      handlers.state(true);
    };
    made.onmessage = ({ data }) => received(data);
    made.onclose = ({ code }) => {
      if (!opened) neverOpened++;
      lost(made, code);
    };
  };

  const open = (): void => {
    if (closed || opening || wire || env.navigator.onLine === false) return;
    env.clearTimeout(retry);
    opening = true;
    connect()
      .catch((error) => {
        fail('socket_failed', error);
        wire = null;
        lost(null, 0);
      })
      .then(() => (opening = false));
  };

  open();
  return {
    send: (address, body) => frame({ type: 'send', address, body }),
    isOpen: () => !!wire && wire.readyState === OPEN,
    wake: open,
    close() {
      closed = true;
      stopTimers();
      if (wire) wire.close();
    },
  };
}
