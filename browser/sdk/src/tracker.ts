// Notes events and brings them to the node: at least once, and removed only when the node has said
// what became of each. Repetitions carry the same ids, so that the node stores each once.
import type { Core } from './core.ts';
import { isObject, parse } from './json.ts';
import { uuidV7 } from './ids.ts';
import { createQueue, type Waiting } from './queue.ts';

export interface Tracker {
  track(
    name: string,
    properties?: Record<string, unknown>,
    options?: { id?: string | null; user?: string | null },
  ): void;
  flush(): Promise<void>;
  /** The page is being left: hands what this tab has noted to the browser. */
  farewell(final: boolean): void;
  /** Consent, user or network have changed. */
  resume(): void;
  clear(): void;
  close(): void;
}

const PATH = '/api/telemetry/ingest';
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Beacons and keepalive requests of a page share 64 KiB. */
const FAREWELL_BYTES = 60_000;
const MOST_BYTES = 400_000;
const MOST_EVENTS = 500;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How the answer of the node lets the sending go on. */
type Outcome = 'go on' | 'wait' | 'halt';

/** @param stored told when the node has stored events */
export function createTracker(core: Core, stored: () => void): Tracker {
  const { env, options, consent, fail } = core;
  const queue = createQueue(core);
  const rate = options.rate || { perSecond: 10, burst: 100 };
  let permits = rate.burst;
  let refilledAt = env.now();

  /** Entries of this tab, and those of them that a farewell has taken along. */
  const mine = new Set<string>();
  const taken = new Set<string>();
  let timer: unknown;
  let running: Promise<void> | null = null;
  let abort = new AbortController();
  let most = 0;
  let attempt = 0;
  let notBefore = 0;
  let unanswered = false;
  let halted = false;
  let idle = true;
  /** Events that wait for their user. */
  let left = 0;

  const mayPass = (): boolean => {
    const now = env.now();
    permits = Math.min(rate.burst, permits + (Math.max(0, now - refilledAt) / 1000) * rate.perSecond);
    refilledAt = now;
    return permits >= 1 && (permits--, true);
  };

  const schedule = (ms: number): void => {
    if (core.closed || timer) return;
    timer = env.setTimeout(
      () => {
        timer = undefined;
        void run();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
  };

  const note: Tracker['track'] = (name, properties, { id, user = core.user } = {}) => {
    const now = env.now();
    const entry = queue.add({
      event_id: id || uuidV7(now),
      schema_version: (options.schemaVersions || {})[name] || core.config.schema_version,
      user_id: user,
      timestamp: now,
      name,
      properties: properties || {},
      anonymous_id: core.anonymousId(),
    });
    if (entry) mine.add(entry);
  };

  /** The oldest events that may travel together: one user's, with what nobody is named in. */
  const nextBatch = (names: string[], mostEvents: number, mostBytes: number): Waiting[] => {
    const batch: Waiting[] = [];
    let user: string | null = null;
    let bytes = 0;
    for (const name of names) {
      const waiting = queue.read(name);
      if (!waiting) continue;
      const of = waiting.event.user_id;
      if (user && of && of !== user) continue;
      // Without their user's token they would count for nobody; they wait for that user.
      if (of && options.userToken && of !== core.user && !core.tokenNow(of)) continue;
      bytes += waiting.size + 1;
      if (batch.length && (batch.length >= mostEvents || bytes > mostBytes)) break;
      user = user || of;
      batch.push(waiting);
    }
    return batch;
  };

  const userOf = (batch: Waiting[]) => batch.map(({ event }) => event.user_id).find(Boolean) || null;

  // A plain text, so that a page of another origin needs no preflight, and a beacon can send the same.
  const bodyOf = (batch: Waiting[], token: string | undefined): string => {
    const head = { writeKey: options.key, userToken: token, sent_at: env.now(), consent: consent.said() };
    return JSON.stringify(head).slice(0, -1) + ',"batch":[' + batch.map(({ text }) => text).join() + ']}';
  };

  const forget = (batch: Waiting[]): void => {
    queue.remove(batch.map(({ key }) => key));
    batch.forEach(({ key }) => {
      mine.delete(key);
      taken.delete(key);
    });
  };

  const pause = (response: Response | null): Outcome => {
    const after = response ? response.headers.get('Retry-After') : null;
    const asked = after ? Number(after) * 1000 || Date.parse(after) - env.now() || 0 : 0;
    unanswered = !response;
    const own = core.jitter(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt++));
    notBefore = env.now() + Math.max(asked, own);
    return 'wait';
  };

  /** What the node's answer means for the events that it was given. */
  const settle = async (batch: Waiting[], response: Response): Promise<Outcome> => {
    const { status } = response;
    if (status === 200) {
      const verdict = parse(await response.text());
      // Anything else comes from something between the page and the node.
      if (!isObject(verdict) || typeof verdict.accepted !== 'number') return pause(response);
      forget(batch);
      const rejected = Array.isArray(verdict.rejected) ? verdict.rejected : [];
      rejected.forEach((one) => fail('rejected', one));
      attempt = 0;
      most = Math.min(core.config.batch_size, most * 2);
      if (verdict.accepted) stored();
      return 'go on';
    }
    if (status === 401 || status === 403) return 'halt';
    if (status === 413 && batch.length > 1) {
      most = batch.length >> 1;
      return 'go on';
    }
    // Only these are the node's word on what it was given; the rest comes from on the way, or will pass.
    const own = [400, 415, 422].includes(status) && /json/.test(response.headers.get('Content-Type') || '');
    if (!own && status !== 413) return pause(response);
    forget(batch);
    queue.dropped('refused', batch.length);
    return 'go on';
  };

  const send = async (batch: Waiting[], renew?: boolean): Promise<Outcome> => {
    const { signal } = abort;
    try {
      const user = userOf(batch);
      const token = await core.token(user, renew);
      if (signal.aborted) return 'wait';
      const body = bodyOf(batch, token);
      const response = await core.request(PATH, { method: 'POST', body, signal });
      if (signal.aborted) return 'wait';
      const outcome = await settle(batch, response);
      if (outcome !== 'halt') return outcome;
      if (token && !renew && user === core.user) return send(batch, true);
      halted = true;
      fail('unauthorized', response.status);
      return outcome;
    } catch (error) {
      if (!signal.aborted) fail('unreachable', error);
      return pause(null);
    }
  };

  const able = () => !core.closed && !halted && consent.get() === 'granted' && env.navigator.onLine !== false;
  const maySend = () => able() && env.now() >= notBefore;

  const sendAll = async (): Promise<void> => {
    most = most || core.config.batch_size;
    idle = false;
    left = 0;
    // What is noted meanwhile fills the next batch.
    let names = queue.names();
    while (maySend()) {
      const batch = nextBatch(names, most, MOST_BYTES);
      names = names.filter((name) => core.store.get(name) !== null);
      if (!batch.length) {
        left = names.length;
        break;
      }
      if ((await send(batch)) !== 'go on') return;
    }
    const drops = maySend() && queue.takeDropped();
    if (drops) note('$events_dropped', drops);
  };

  const run = (waits = false): Promise<void> => {
    if (!running) {
      env.clearTimeout(timer);
      timer = undefined;
      idle = true;
      running = (maySend() ? core.tabs.alone('send', waits, sendAll) : Promise.resolve())
        .catch((error) => fail('internal', error))
        .then(() => {
          running = null;
          const { length } = queue.names();
          if (!length) mine.clear();
          const { batch_size, flush_interval_ms } = core.config;
          const due = idle ? length : length - left;
          // What waits for consent, its user, credentials or the network is woken by them.
          if (due > 0 && able()) {
            // Another tab is sending: it takes these along.
            schedule(Math.max(idle || due < batch_size ? flush_interval_ms : 0, notBefore - env.now()));
          }
        });
    }
    return running;
  };

  const farewell: Tracker['farewell'] = (final) => {
    if (consent.get() !== 'granted' || !mine.size) return;
    // A page that is only hidden has time: it keeps to the pauses.
    if (!final && (halted || env.now() < notBefore)) return;
    const names = [...mine].filter((name) => !taken.has(name)).sort();
    const batch = nextBatch(names, MOST_EVENTS, FAREWELL_BYTES - 5_000);
    if (!batch.length) return;
    const user = userOf(batch);
    const token = core.tokenNow(user);
    // Without their user's token they would count for nobody; they wait for the next page.
    if (user && options.userToken && !token) return;
    batch.forEach(({ key }) => taken.add(key));
    const body = bodyOf(batch, token);
    const url = (options.url || '').replace(/\/+$/, '') + PATH;
    const { navigator } = env;
    if (final && navigator.sendBeacon && navigator.sendBeacon(url, body)) return;
    core
      .request(PATH, { method: 'POST', body, keepalive: true })
      .then((response) => settle(batch, response))
      .catch(() => batch.forEach(({ key }) => taken.delete(key)));
  };

  return {
    track(name, properties, more) {
      if (core.closed || !env.window || consent.get() === 'denied') return;
      if (typeof name !== 'string' || !name) return fail('invalid_event');
      if (!mayPass()) return queue.dropped('rate_limited');
      note(name, properties, more);
      if (queue.size - left >= core.config.batch_size && maySend()) void run();
      else schedule(core.config.flush_interval_ms);
    },
    async flush() {
      // What has been noted since the sending began is meant too.
      if (running) await running;
      return run(true);
    },
    farewell,
    resume() {
      halted = false;
      taken.clear();
      // What the node asked for holds; what was only a guess does not.
      if (unanswered) notBefore = attempt = 0;
      env.clearTimeout(timer);
      timer = undefined;
      schedule(core.jitter(core.config.flush_interval_ms / 4));
    },
    clear() {
      abort.abort();
      abort = new AbortController();
      mine.clear();
      taken.clear();
    },
    close() {
      env.clearTimeout(timer);
      farewell(true);
    },
  };
}
