// The events that wait. Each is an entry of its own in the store, so that tabs never overwrite each
// other, named so that entries sort by time and say their size without being read.
import type { Core } from './core.ts';
import { isObject, parse } from './json.ts';
import { utf8 } from './ids.ts';

export interface TelemetryEvent {
  event_id: string;
  schema_version: string;
  user_id: string | null;
  /** Ms since the epoch. */
  timestamp: number;
  name: string;
  properties: Record<string, unknown>;
  anonymous_id?: string;
}

export interface Waiting {
  /** Name of the entry. */
  key: string;
  /** The event as JSON. */
  text: string;
  event: TelemetryEvent;
  /** UTF-8 bytes of the event. */
  size: number;
}

export interface Queue {
  /** Adds an event; gives the entry's name, or null when it is too large. */
  add(event: TelemetryEvent): string | null;
  /** Names of the entries, oldest first, after dropping what is too old or too much. */
  names(): string[];
  read(name: string): Waiting | null;
  remove(names: string[]): void;
  /** How many wait, as far as this tab knows without looking. */
  readonly size: number;
  /** Counts events that were given up. */
  dropped(reason: string, count?: number): void;
  /** What was given up since it was last asked. */
  takeDropped(): Record<string, number> | null;
}

const MOST_EVENTS = 1_000;
const MOST_BYTES = 1_048_576;
const LARGEST_EVENT = 32_768;
const LONGEST_MS = 7 * 86_400_000;
const START = 'q.';
const DROPS = 'drops';

export function createQueue({ env, store, fail }: Core): Queue {
  let count = 0;
  let bytes = 0;
  let sequence = 0;

  const madeAt = (name: string) => parseInt(name.split('.')[1]!, 36);
  const sizeOf = (name: string) => parseInt(name.split('.')[3]!, 36) || 0;

  const queue: Queue = {
    get size() {
      return count;
    },
    add(event) {
      const text = JSON.stringify(event);
      const size = utf8(text).length;
      if (size > LARGEST_EVENT) {
        queue.dropped('too_large');
        return null;
      }
      sequence = (sequence + 1) % 46_656;
      const order = sequence.toString(36).padStart(3, '0');
      const name = [
        START + env.now().toString(36).padStart(9, '0'),
        order,
        size.toString(36),
        event.event_id,
      ].join('.');
      store.set(name, text);
      count++;
      bytes += size;
      if (count > MOST_EVENTS || bytes > MOST_BYTES) queue.names();
      return name;
    },
    names() {
      const names = store.keys(START);
      bytes = names.reduce((sum, name) => sum + sizeOf(name), 0);
      const give = (reason: string) => {
        const name = names.shift()!;
        bytes -= sizeOf(name);
        store.remove(name);
        queue.dropped(reason);
      };
      while (names[0] && !(madeAt(names[0]) > env.now() - LONGEST_MS)) give('expired');
      while (names.length > MOST_EVENTS || bytes > MOST_BYTES) give('queue_full');
      count = names.length;
      return names;
    },
    read(name) {
      const text = store.get(name);
      const event = parse(text);
      if (isObject(event) && event.event_id) {
        return { key: name, text: text!, event: event as unknown as TelemetryEvent, size: sizeOf(name) };
      }
      // Another tab has sent it, or something else has written here.
      store.remove(name);
      if (text !== null) queue.dropped('corrupt');
      return null;
    },
    remove(names) {
      names.forEach((name) => store.remove(name));
      count = Math.max(0, count - names.length);
    },
    dropped(reason, number = 1) {
      const all = (parse(store.get(DROPS)) || {}) as Record<string, number>;
      all[reason] = (all[reason] || 0) + number;
      store.set(DROPS, JSON.stringify(all));
      fail(reason);
    },
    takeDropped() {
      const all = parse(store.get(DROPS));
      store.remove(DROPS);
      return isObject(all) ? (all as Record<string, number>) : null;
    },
  };
  return queue;
}
