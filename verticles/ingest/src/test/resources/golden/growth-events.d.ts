// Generated from the schema registry; generate again instead of editing.

/** Properties of each event, by its name. */
export interface GrowthEvents {
  "api_call": {
    "a-b": unknown;
    endpoint: unknown;
  };
  /** A purchase. *\/ export {} */
  "checkout: done": {
    any?: unknown;
    anything?: Array<unknown>;
    both?: unknown;
    buyer?: {
      id: string;
      "quoted \"name\""?: "a\\b\u2028";
    };
    currency: "EUR" | "USD" | null;
    either?: number | string;
    labels?: Record<string, string>;
    never?: never;
    no_object?: unknown;
    open?: {
      known?: boolean;
      [name: string]: unknown;
    };
    pair?: unknown[];
    referred?: unknown;
    signs?: -1 | 0 | 2.5;
    steps?: Array<null | number>;
    /** In major units. */
    total: number;
    undeclared: unknown;
  };
}

/** Version of each event's contract. */
export interface GrowthEventVersions {
  "api_call": "1.0.0";
  "checkout: done": "1.10.0";
}

export type GrowthEventName = keyof GrowthEvents;
