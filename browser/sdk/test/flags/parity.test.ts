import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepare } from '../../src/flags/index.ts';
import { digest, lines } from './answers.ts';
import { ranged, readParity } from './parity.ts';

test('a hundred thousand pairs of flag and context have the digest of the server', async () => {
  const { flags, contexts, pairs, digest: theirs } = readParity();
  const { definitions, segments, holdouts } = flags;
  const snapshot = prepare({ version: 1, flags: [], targeted: definitions.map(ranged), segments, holdouts });
  const all = lines(contexts, definitions.map(({ key }) => key).sort(), () => snapshot);
  assert.ok(all.length >= 100_000);
  assert.equal(all.length, pairs);
  assert.equal(await digest(all), theirs);
});
