// Express with pg: one multi-row INSERT … VALUES a request, answered after its commit.
import express from 'express';
import { COLUMNS, INSERT, pool, announce, row } from './storage.js';

const statements = new Map();

/** The statement for a number of rows; prepared once per connection by its name. */
function statement(rows) {
  let found = statements.get(rows);
  if (!found) {
    const tuples = [];
    for (let r = 0; r < rows; r++) {
      tuples.push(`(${COLUMNS.map((_, c) => `$${r * COLUMNS.length + c + 1}`).join(',')})`);
    }
    found = { name: `values-${rows}`, text: `${INSERT} VALUES ${tuples.join(',')} ON CONFLICT DO NOTHING` };
    statements.set(rows, found);
  }
  return found;
}

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/api/telemetry/ingest', express.json({ limit: '1mb' }), async (request, response) => {
  const batch = request.body?.batch;
  if (!Array.isArray(batch) || batch.length === 0) {
    response.status(400).json({ error: 'send {"batch":[…]}' });
    return;
  }
  const receivedAt = new Date();
  const values = batch.flatMap((event) => row(event, receivedAt));
  const stored = await pool.query({ ...statement(batch.length), values });
  response.json({ accepted: stored.rowCount, duplicates: batch.length - stored.rowCount });
});

const server = app.listen(0, '127.0.0.1', () => announce(server));
