// Small texts that outlive the page where they may, and live as long as it where they may not.

export interface Store {
  get(key: string): string | null;
  /** Keeps a text on the device; in memory when the device is closed, full or forbidden. */
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Keys that begin so, sorted. */
  keys(start: string): string[];
  /**
   * Whether texts may be kept on the device: then what is in memory moves there.
   *
   * @param leave else whether what is on the device moves into memory
   */
  open(allowed: boolean, leave: boolean): void;
  /** Forgets everything but the choice. */
  clear(): void;
  /** The user's choice about the device itself, which is kept there; an empty one is removed. */
  choice(value?: string): string | null;
  /** Under which name the device has the choice. */
  readonly choiceKey: string;
  /** A text that is on the device, open or not. */
  onDevice(key: string): string | null;
}

const CHOICE = 'consent';

export function createStore(storage: Storage | null, prefix: string): Store {
  const memory = new Map<string, string>();
  let isOpen = false;

  // A storage that is absent, forbidden, full or gone throws; the memory takes over.
  const attempt = <T>(run: (device: Storage) => T): T | null => {
    try {
      return run(storage!);
    } catch {
      return null;
    }
  };
  const deviceKeys = (start: string): string[] =>
    attempt((device) => {
      const found: string[] = [];
      for (let i = 0; i < device.length; i++) {
        const key = device.key(i)!;
        if (key.startsWith(prefix + start)) found.push(key.slice(prefix.length));
      }
      return found;
    }) || [];

  const kept = () => deviceKeys('').filter((key) => key !== CHOICE);

  const store: Store = {
    get: (key) => memory.get(key) ?? (isOpen ? store.onDevice(key) : null),
    set(key, value) {
      const kept = isOpen && attempt((device) => (device.setItem(prefix + key, value), true));
      if (kept) memory.delete(key);
      else memory.set(key, value);
    },
    remove(key) {
      memory.delete(key);
      attempt((device) => device.removeItem(prefix + key));
    },
    keys(start) {
      const found = new Set(isOpen ? deviceKeys(start) : []);
      memory.forEach((_, key) => key.startsWith(start) && found.add(key));
      return [...found].sort();
    },
    open(allowed, leave) {
      isOpen = allowed;
      if (allowed) return [...memory].forEach(([key, value]) => store.set(key, value));
      if (leave)
        kept().forEach((key) => {
          const value = store.onDevice(key);
          store.remove(key);
          if (value !== null) memory.set(key, value);
        });
    },
    clear() {
      memory.clear();
      kept().forEach(store.remove);
    },
    choice(value) {
      if (value) attempt((device) => device.setItem(prefix + CHOICE, value));
      else if (value === '') store.remove(CHOICE);
      return store.onDevice(CHOICE);
    },
    choiceKey: prefix + CHOICE,
    onDevice: (key) => attempt((device) => device.getItem(prefix + key)),
  };
  return store;
}
