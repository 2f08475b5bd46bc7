// The tracker that the product grew from, restated: same batches, same address, no retry.
import { v4 as uuidv4 } from 'uuid';

const SCHEMA_VERSION = '1.0.0';
const BATCH_SIZE = 25;
const FLUSH_INTERVAL = 2000;

export interface TelemetryEvent {
  event_id: string;
  schema_version: string;
  user_id: string | null;
  timestamp: number;
  name: string;
  properties: Record<string, unknown>;
}

export class GrowthTracker {
  private queue: TelemetryEvent[] = [];
  private flushTimer: ReturnType<typeof setTimeout> | null = null;

  track(name: string, properties: Record<string, unknown>, userId?: string): void {
    const event: TelemetryEvent = {
      event_id: uuidv4(),
      schema_version: SCHEMA_VERSION,
      user_id: userId ?? null,
      timestamp: Date.now(),
      name,
      properties,
    };
    this.queue.push(event);
    if (this.queue.length >= BATCH_SIZE) this.flush();
    else if (!this.flushTimer) this.flushTimer = setTimeout(() => this.flush(), FLUSH_INTERVAL);
  }

  private flush(): void {
    if (this.queue.length === 0) return;
    const batch = [...this.queue];
    this.queue = [];
    this.flushTimer = null;
    fetch('/api/telemetry/ingest', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ batch }),
    }).catch((err: unknown) => console.error('Telemetry flush failed:', err));
  }
}

export const tracker = new GrowthTracker();
