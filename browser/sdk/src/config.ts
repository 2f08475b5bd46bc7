/** What the node says about itself, `GET /api/sdk/config`. */
export interface Config {
  schema_version: string;
  batch_size: number;
  flush_interval_ms: number;
  consent: { required: boolean; purpose: string };
  /** Whether the node has said it. */
  known: boolean;
}
