import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { exposureId, uuidV5, uuidV7 } from '../src/ids.ts';

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

test('version 5 is that of RFC 9562 for every length around the blocks of the hash', async () => {
  assert.equal(await uuidV5(DNS, 'www.example.com'), '2ed6657d-e927-568b-95e1-2665a8aea6a2');
  for (let length = 0; length < 140; length++) {
    const name = 'é'.repeat(length % 7) + 'x'.repeat(length);
    const hash = createHash('sha1')
      .update(Buffer.from(DNS.replace(/-/g, ''), 'hex'))
      .update(name)
      .digest();
    hash[6] = (hash[6]! & 15) | 0x50;
    hash[8] = (hash[8]! & 63) | 0x80;
    assert.equal((await uuidV5(DNS, name))?.replace(/-/g, ''), hash.toString('hex', 0, 16));
  }
});

test('version 7 carries the time, sorts as it was made, and is never the same twice', () => {
  const at = Date.now() + 1_000;
  const ids = Array.from({ length: 10_000 }, () => uuidV7(at));
  assert.equal(parseInt(ids[0]!.replace(/-/g, '').slice(0, 12), 16), at);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
});

test('an exposure has one id per user, flag, revision and variant, whatever the texts contain', async () => {
  const ids = await Promise.all([
    exposureId('ada', 'f', 1, 'on'),
    exposureId('ada', 'f', 1, 'off'),
    exposureId('ada', 'f', 2, 'on'),
    exposureId('bob', 'f', 1, 'on'),
    exposureId('ad', 'af', 1, 'on'),
  ]);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(await exposureId('ada', 'f', 1, 'on'), ids[0]);
});

test('an exposure has the id that the server gives it', async () => {
  const golden = new URL('../../../shared/src/test/resources/golden/exposure-ids.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(golden, 'utf8')) as {
    user: string;
    flag: string;
    revision: number;
    variant: string;
    id: string;
  }[];
  assert.ok(vectors.length > 3);
  for (const { user, flag, revision, variant, id } of vectors)
    assert.equal(await exposureId(user, flag, revision, variant), id);
});
