// What the SDK needs from around it; tests bring their own.

export interface Environment {
  /** Ms since the epoch. */
  now(): number;
  /** 0 up to, not including, 1. */
  random(): number;
  fetch(url: string, init: RequestInit): Promise<Response>;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Null where there is none: on servers, or forbidden by the browser. */
  storage: Storage | null;
  locks: LockManager | null;
  /** Hears `pagehide`, `online`, `storage`, and is told of prompts. Null on a server. */
  window: EventTarget | null;
  document: Document | null;
  navigator: { onLine?: boolean; globalPrivacyControl?: boolean; sendBeacon?: Navigator['sendBeacon'] };
  /** Absent where sockets are not possible. */
  WebSocket?: new (url: string) => WebSocket;
  /** Address of the page, to complete relative ones. */
  href: string;
}

/** The browser. On a server: nothing that could be sent or stored. */
export function browserEnvironment(): Environment {
  const page = globalThis.window ?? null;
  let storage: Storage | null = null;
  try {
    storage = page?.localStorage;
  } catch {
    // Forbidden by the browser's settings: the memory of the page has to do.
  }
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    fetch: (url, init) => fetch(url, init),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (handle) => clearTimeout(handle as number),
    storage,
    locks: page?.navigator.locks,
    window: page,
    document: page?.document,
    navigator: page?.navigator ?? {},
    WebSocket: page?.WebSocket,
    href: page?.location.href ?? '',
  };
}
