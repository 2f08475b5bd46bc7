// What runs in the page: an application of React's own client in strict mode, whose hooks a test watches from outside.
import { createElement, startTransition, StrictMode, useLayoutEffect, useState, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { createGrowth, type Growth, type GrowthOptions } from '../../sdk/src/index.ts';
import { GrowthProvider, useEntitlement, useFlag, useTrack, useUpgradePrompt } from '../../sdk/src/react.ts';

export interface ReactPage {
  growth: Growth;
  start(options: GrowthOptions): void;
  render(): void;
  /** Renders everything again at low priority, so slowly that a change can come between. */
  renderSlowly(): void;
  unmount(): void;
  /** What each commit has put on the screen: the distinct values of one flag. */
  commits: string[][];
  /** How many watch the SDK now. */
  watching(): number;
}

const READERS = 20;
let root: Root | undefined;
let watching = 0;
let slow = false;
let again: (count: (before: number) => number) => void;

/** Keeps the processor busy as a component does that has much to draw. */
function busy(): void {
  for (const end = performance.now() + 5; slow && performance.now() < end;);
}

/** Notes what a commit has put on the screen. */
function look(): void {
  const texts = [...document.querySelectorAll('i')].map(({ textContent }) => textContent ?? '');
  page.commits.push([...new Set(texts)]);
}

function Reader() {
  busy();
  useLayoutEffect(look);
  return createElement('i', null, String(useFlag('shown', false)));
}

function Prompt() {
  const { prompt, acknowledge } = useUpgradePrompt();
  return prompt
    ? createElement('button', { id: 'prompt', onClick: () => acknowledge('dismissed') }, prompt.title)
    : null;
}

function Page(): ReactNode {
  const [count, change] = useState(0);
  again = change;
  const track = useTrack();
  const { tier, can } = useEntitlement();
  return createElement(
    'section',
    null,
    createElement('b', null, `${tier} ${can('advanced_export')}`),
    createElement('button', { id: 'track', onClick: () => track('clicked') }, 'track'),
    Array.from({ length: READERS }, (_, i) => createElement(Reader, { key: `${i} ${count}` })),
    createElement(Prompt),
  );
}

const page: ReactPage = {
  growth: undefined as unknown as Growth,
  commits: [],
  watching: () => watching,
  start(options) {
    page.growth = createGrowth(options);
    for (const part of [page.growth.flags, page.growth.entitlements, page.growth.prompts]) {
      const { subscribe } = part;
      part.subscribe = (changed) => {
        watching++;
        const end = subscribe(changed);
        return () => {
          watching--;
          end();
        };
      };
    }
  },
  render() {
    root = createRoot(document.querySelector('main')!);
    root.render(
      createElement(
        StrictMode,
        null,
        createElement(GrowthProvider, { growth: page.growth }, createElement(Page)),
      ),
    );
  },
  renderSlowly() {
    slow = true;
    startTransition(() => again((before) => before + 1));
  },
  unmount: () => root?.unmount(),
};
Object.assign(globalThis, { reactPage: page });
