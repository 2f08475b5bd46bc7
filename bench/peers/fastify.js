// Fastify with pg: one INSERT … SELECT FROM unnest a request, answered after its commit.
import fastify from 'fastify';
import { COLUMNS, INSERT, TYPES, pool, announce, row } from './storage.js';

const arrays = TYPES.map((type, i) => `$${i + 1}::${type}[]`).join(',');
const UNNEST = {
  name: 'unnest',
  text: `${INSERT} SELECT ${COLUMNS.join(',')} FROM unnest(${arrays}) AS e(${COLUMNS.join(',')}) ON CONFLICT DO NOTHING`,
};

const app = fastify({ bodyLimit: 1024 * 1024 });
app.post('/api/telemetry/ingest', async (request, reply) => {
  const batch = request.body?.batch;
  if (!Array.isArray(batch) || batch.length === 0) {
    reply.code(400);
    return { error: 'send {"batch":[…]}' };
  }
  const receivedAt = new Date();
  const values = COLUMNS.map(() => new Array(batch.length));
  batch.forEach((event, r) => row(event, receivedAt).forEach((value, c) => (values[c][r] = value)));
  const stored = await pool.query({ ...UNNEST, values });
  return { accepted: stored.rowCount, duplicates: batch.length - stored.rowCount };
});

await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
