import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { createGrowth } from '../src/index.ts';
import { GrowthProvider, useEntitlement, useFlag, useTrack, useUpgradePrompt } from '../src/react.ts';

test('a server renders flags from the bootstrap, the fallback entitlement and no prompt', () => {
  const growth = createGrowth({
    user: 'ada',
    bootstrap: { version: 1, flags: [{ key: 'a', enabled: true, rollout_percentage: 100 }] },
  });
  function Page() {
    const on = useFlag('a', false);
    const color = useFlag('color', 'blue');
    const { tier, remaining, can } = useEntitlement();
    const { prompt } = useUpgradePrompt();
    useTrack()('rendered');
    return createElement(
      'p',
      null,
      [on, color, tier, remaining('api_calls'), can('x'), prompt === null].join(' '),
    );
  }
  assert.equal(
    renderToString(createElement(GrowthProvider, { growth }, createElement(Page))),
    '<p>true blue free 100 false true</p>',
  );
});

test('a hook without a provider says what to do', () => {
  function Page() {
    return createElement('p', null, String(useFlag('a', false)));
  }
  assert.throws(() => renderToString(createElement(Page)), /GrowthProvider/);
});
