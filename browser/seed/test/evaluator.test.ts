import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FlagEvaluator } from '../src/flags/evaluator.ts';

interface Vector {
  user: string;
  key: string;
  bucket: number;
}

const file = new URL('../../../shared/src/test/resources/golden/flag-buckets.json', import.meta.url);
const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { seed: Vector[] }).seed;

test('every golden vector is out at its bucket and in one above', () => {
  assert.ok(vectors.length > 300);
  const evaluator = new FlagEvaluator();
  for (const { user, key, bucket } of vectors) {
    evaluator.load([{ key, enabled: true, rollout_percentage: bucket }]);
    assert.equal(evaluator.isFeatureEnabled(key, user), false, JSON.stringify({ user, key, bucket }));
    evaluator.load([{ key, enabled: true, rollout_percentage: bucket + 1 }]);
    assert.equal(evaluator.isFeatureEnabled(key, user), true, JSON.stringify({ user, key, bucket }));
  }
});

test('the smallest hash is in bucket 48', () => {
  const vector = vectors.find((v) => v.user === 'polygene' && v.key === 'lubricants');
  assert.equal(vector?.bucket, 48);
});
