// Which prompt is on the screen: one at a time, in one tab, and never again once it was handled.
import { parse } from '../json.ts';
import type { Prompt, PromptAction } from '../types.ts';
import type { LiveContext } from './context.ts';
import { showCard } from './view.ts';

export interface PromptQueue {
  /** The node says that a prompt is due. */
  offer(prompt: Prompt): void;
  /** A prompt must no longer be shown. */
  retract(promptId: string): void;
  /** Only these are due. */
  only(promptIds: string[]): void;
  /** What the user did with a prompt. */
  acknowledge(promptId: string, action: PromptAction): void;
  close(): void;
}

/** A prompt that waits for its turn, or is on the screen. */
interface Turn {
  prompt: Prompt;
  abort: AbortController;
  /** Ends it, whatever it is doing. */
  end(): void;
}

const HANDLED = 'prompts';
const MOST_HANDLED = 100;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createPrompts(
  { core, show }: LiveContext,
  tell: (promptId: string, action: PromptAction) => void,
): PromptQueue {
  const { env, store } = core;
  const turns = new Map<string, Turn>();
  // One after the other on this page.
  let queue: Promise<void> = Promise.resolve();

  const handled = (): Record<string, PromptAction> =>
    (parse(store.get(HANDLED)) || {}) as Record<string, PromptAction>;

  const handle = (id: string, action?: PromptAction): void => {
    const all = { ...handled(), [id]: action };
    Object.keys(all)
      .slice(0, -MOST_HANDLED)
      .forEach((oldest) => delete all[oldest]);
    store.set(HANDLED, JSON.stringify(all));
  };

  /** Whether the user sees this page; a prompt in a hidden tab would be shown to nobody. */
  const visible = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const { document } = env;
      if (!document || document.visibilityState !== 'hidden') return resolve();
      const look = () => {
        if (document.visibilityState === 'hidden' && !signal.aborted) return;
        document.removeEventListener('visibilitychange', look);
        resolve();
      };
      document.addEventListener('visibilitychange', look);
      signal.addEventListener('abort', look);
    });

  /** Shows a prompt until it is handled or taken back. */
  const present = (turn: Turn): Promise<void> =>
    new Promise((resolve) => {
      const { prompt, abort } = turn;
      const id = prompt.prompt_id;
      // Another tab may have shown it while this one waited.
      if (abort.signal.aborted || handled()[id] || prompt.expires_at <= env.now()) return resolve();
      let remove = () => {};
      const expiry = env.setTimeout(
        () => turn.end(),
        Math.min(prompt.expires_at - env.now(), LONGEST_TIMER_MS) || LONGEST_TIMER_MS,
      );
      abort.signal.addEventListener('abort', () => {
        env.clearTimeout(expiry);
        remove();
        show(null);
        resolve();
      });
      show(prompt);
      const event = new CustomEvent('show-upgrade-prompt', { detail: { ...prompt }, cancelable: true });
      const builtIn = env.window!.dispatchEvent(event);
      const { view = {} } = core.options.prompts || {};
      if (builtIn && view && env.document)
        remove = showCard(env.document, prompt, view, (action) => acknowledge(id, action));
      tell(id, 'shown');
    });

  const take = async (turn: Turn): Promise<void> => {
    const { signal } = turn.abort;
    const id = turn.prompt.prompt_id;
    try {
      await visible(signal);
      // The tab that has the lock shows it; the others wait until it is handled or that tab is gone.
      if (!signal.aborted) await core.tabs.alone('prompt.' + id, true, () => present(turn), signal);
    } catch (error) {
      if (!signal.aborted) core.fail('internal', error);
    }
    turns.delete(id);
  };

  const acknowledge = (id: string, action: PromptAction): void => {
    tell(id, action);
    if (action === 'shown') return;
    handle(id, action);
    const turn = turns.get(id);
    if (turn) turn.end();
  };

  const prompts: PromptQueue = {
    acknowledge,
    offer(prompt) {
      const id = prompt.prompt_id;
      const done = handled()[id];
      // The node has not heard of it, or it would not ask again.
      if (done && done !== 'snoozed') return tell(id, done);
      if (turns.has(id)) return;
      // A snoozed one comes back when the node says so.
      if (done) handle(id);
      const abort = new AbortController();
      const turn = { prompt, abort, end: () => abort.abort() };
      turns.set(id, turn);
      queue = queue.then(() => take(turn));
    },
    retract(id) {
      const turn = turns.get(id);
      if (turn) turn.end();
    },
    only(ids) {
      turns.forEach((turn, id) => ids.includes(id) || turn.end());
    },
    close: () => turns.forEach((turn) => turn.end()),
  };
  return prompts;
}
