// What both peers share: the connections, the columns that they fill, and how they start and stop.
import pg from 'pg';

const columns = {
  event_id: 'uuid',
  name: 'text',
  user_id: 'text',
  schema_version: 'text',
  occurred_at: 'timestamptz',
  sender_occurred_at: 'timestamptz',
  received_at: 'timestamptz',
  verified: 'boolean',
  properties: 'jsonb',
};

export const COLUMNS = Object.keys(columns);
export const TYPES = Object.values(columns);
export const INSERT = `INSERT INTO ${process.env.BENCH_TABLE} (${COLUMNS.join(', ')})`;

/** The connections; ten, as pg has it unless told otherwise. */
export const pool = new pg.Pool({ connectionString: process.env.BENCH_PG_URI });

/** The values of an event in the order of the columns. */
export function row(event, receivedAt) {
  const occurredAt = new Date(event.timestamp);
  return [
    event.event_id,
    event.name,
    event.user_id,
    event.schema_version,
    occurredAt,
    occurredAt,
    receivedAt,
    true,
    JSON.stringify(event.properties),
  ];
}

/** Says where the server listens, and ends with the process that started it. */
export function announce(server) {
  console.log(`  app       http://127.0.0.1:${server.address().port}`);
  process.on('SIGTERM', () => process.exit(0));
  process.stdin.on('end', () => process.exit(0)).resume();
}
