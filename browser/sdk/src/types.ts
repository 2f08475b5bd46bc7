// What a page sees of the SDK.
import type { Environment } from './environment.ts';

export type ConsentState = 'granted' | 'denied' | 'pending';

/** Consent by purpose, such as `{ analytics: 'granted' }`. */
export type ConsentByPurpose = Record<string, ConsentState>;

export type Attributes = Record<string, unknown>;

/** What went wrong inside; the page itself is never bothered with it. */
export interface GrowthError {
  /** A stable word: `rejected`, `unauthorized`, `unreachable`, `queue_full` and others. */
  code: string;
  /** What caused it: an error, the status of an answer, or what the node said of an event. */
  cause?: unknown;
}

/** Options of everything but the part that is loaded when it is needed. */
export interface CoreOptions {
  /** Where the node is: an origin such as `https://growth.example.com`. Absent: the page's own. */
  url?: string;
  /** The publishable key; a node in open mode needs none. */
  key?: string;
  /** Id of the user who is logged in, 1 to 200 characters. */
  user?: string | null;
  /**
   * Gives a user token (JWT) for the current user, made by your backend. Called again before a token
   * ends. Without it there are no prompts and no live changes, and a node in verified mode counts nothing.
   */
  userToken?: () => string | Promise<string>;
  /** What is known of consent when the page starts: for all purposes, or by purpose. */
  consent?: ConsentState | ConsentByPurpose;
  /** Attributes of the user, for flags. */
  attributes?: Attributes;
  /** An answer of `GET /api/flags/definitions`, rendered into the page by your server. */
  bootstrap?: unknown;
  /** Whether evaluated flags are reported as `$exposure` events; default true. */
  exposures?: boolean;
  /** Version of the contract by the event's name; default is the node's `schema_version`. */
  schemaVersions?: Record<string, string>;
  /** Guard against loops: events per second, and how many at once. Default 10 and 100. */
  rate?: { perSecond: number; burst: number };
  /** Prompts and live changes: false switches them off. */
  prompts?: false | PromptViewOptions;
  /** Told of everything that goes wrong; default warns on the console, once per code. */
  onError?: (error: GrowthError) => void;
  /** Clock, network and storage instead of the browser's; for tests. */
  environment?: Partial<Environment>;
}

export interface PromptViewOptions {
  /** The built-in view: false to bring your own, or its words. */
  view?: false | PromptWords;
  /** Loads `sockjs-client` where WebSockets are blocked: `() => import('sockjs-client')`. */
  sockjs?: () => Promise<unknown>;
}

export interface PromptWords {
  dismiss?: string;
  snooze?: string;
}

export interface Prompt {
  prompt_id: string;
  rule: string;
  /** Name of the meter. */
  event: string;
  count: number;
  threshold: number;
  variant: string | null;
  title: string;
  body: string;
  cta: { label: string; url: string };
  /** Ms since the epoch. */
  expires_at: number;
}

export type PromptAction = 'shown' | 'clicked' | 'dismissed' | 'snoozed';

export interface FlagDetails<T> {
  value: T;
  variant: string | null;
  /** Why: OpenFeature's words, or `ERROR`; `FLAG_NOT_FOUND` and the like come with the fallback. */
  reason: string;
  rule?: string;
  /** Version of the definitions that decided; 0 before there are any. */
  version: number;
  /** What only the node knows and the answer was made of: `entitlement_revision`, `usage.METER`. */
  facts?: Record<string, number>;
}

export interface Entitlement {
  user_id?: string;
  tier: string;
  limits: Record<string, number>;
  unlimited?: string[];
  features?: string[];
  usage?: Record<string, number>;
  /** When it was read, ms since the epoch; 0 when it never was. */
  last_sync: number;
  state: 'fresh' | 'stale' | 'grace' | 'fallback';
  reason?: string;
  grace_until?: number | null;
  expires_at?: number | null;
  revision?: number;
}

export interface Watchable {
  /** Calls back after each change; gives a function that ends it. */
  subscribe(changed: () => void): () => void;
}

export interface Flags extends Watchable {
  /** Whether a flag is on; the fallback (false) when that is not known. */
  isEnabled(key: string, fallback?: boolean): boolean;
  /** The value of a flag; the fallback when it is not known or of another type. */
  get<T>(key: string, fallback: T): T;
  /** The value with its reason. With `expose: false` the question is not reported. */
  details<T>(key: string, fallback: T, options?: { expose?: boolean }): FlagDetails<T>;
  /** Replaces the attributes of the user; resolves when the answers follow them. */
  setAttributes(attributes: Attributes): Promise<void>;
  /** Asks the node for the definitions now; never rejects. */
  refresh(): Promise<void>;
  /** Resolves when there is something to evaluate, or when the node did not answer. */
  readonly ready: Promise<void>;
  readonly version: number;
}

export interface Entitlements extends Watchable {
  /** What is known now; the same object until it changes. */
  readonly current: Entitlement;
  readonly state: Entitlement['state'];
  /** What a user may use, from the cache while it is younger than 300 s; never rejects. */
  resolve(userId?: string): Promise<Entitlement>;
  /** Whether the current user has a feature. */
  can(feature: string): boolean;
  /** What is left of a limit: `Infinity` without one, 0 when it is not known. */
  remaining(meter: string): number;
}

export interface Prompts extends Watchable {
  /** The prompt on the screen. */
  readonly current: Prompt | null;
  /** Says what the user did with a prompt; for views of your own. */
  acknowledge(promptId: string, action: PromptAction): void;
}

export interface Consent extends Watchable {
  /** The state of a purpose; default the one that decides about events. */
  get(purpose?: string): ConsentState;
  /** Notes what the user has chosen, for all purposes or by purpose. Denied forgets everything at once. */
  set(consent: ConsentState | ConsentByPurpose): void;
}

/** Properties by the event's name, as `growthbus schemas --typescript` declares them. */
export type AnyEvents = Record<string, Record<string, unknown>>;

export type PropertiesOf<E, N extends keyof E> =
  Record<string, never> extends E[N] ? [properties?: E[N]] : [properties: E[N]];

export interface Growth<E = AnyEvents> {
  /** Notes an event. It is kept until the node has said what became of it. */
  track<N extends keyof E & string>(name: N, ...properties: PropertiesOf<E, N>): void;
  /** Says who the user is; resolves when flags and entitlements are theirs. Never rejects. */
  identify(userId: string, traits?: Record<string, unknown>): Promise<void>;
  /** The user has logged out: another anonymous id, nothing of the user is kept. */
  reset(): Promise<void>;
  /** Sends what waits; resolves when it is sent or cannot be sent now. Never rejects. */
  flush(): Promise<void>;
  /** Stops everything; events that wait are kept for the next page. */
  close(): void;
  readonly user: string | null;
  readonly flags: Flags;
  readonly entitlements: Entitlements;
  readonly prompts: Prompts;
  readonly consent: Consent;
}
