// Prompts and live changes of one user: a socket, what it brings, and what the page shows of it.
import type { Prompt, PromptAction } from '../types.ts';
import type { StartLive } from './context.ts';
import { createPrompts } from './prompts.ts';
import { openSocket } from './socket.ts';

const POLL_MS = 60_000;
const PATIENCE_MS = 10_000;

export const startLive: StartLive = (context) => {
  const { core } = context;
  const { env } = core;
  let polling: unknown;
  let closed = false;

  const socket = openSocket(core, {
    message(address, body) {
      // A prompt comes of usage.
      if (address !== 'public.flags') context.factsChanged();
      if (address === 'me.entitlements') context.entitlementPushed(body);
      else if (address === 'public.flags') context.flagsChanged(Number(body.revision));
      else if (body.type === 'retract') prompts.retract(String(body.prompt_id));
      else if (body.type === 'prompt') prompts.offer(body as unknown as Prompt);
    },
    // Without a socket the prompts are asked for; with one they come by themselves.
    state(open) {
      env.clearTimeout(polling);
      if (!open) pollIn(PATIENCE_MS);
    },
  });

  const acknowledge = (id: string, action: PromptAction): void => {
    if (socket.send('me.prompts.ack', { prompt_id: id, action })) return;
    const path = '/api/prompts/' + encodeURIComponent(id) + '/' + action;
    core
      .ask(path, { method: 'POST', keepalive: true })
      // The node offers the prompt again, and is then told again.
      .catch((error) => core.fail('unreachable', error));
  };

  const prompts = createPrompts(context, acknowledge);

  const poll = async (): Promise<void> => {
    try {
      const { prompts: pending } = (await core.ask('/api/prompts')) as { prompts: Prompt[] };
      if (closed) return;
      prompts.only(pending.map((prompt) => prompt.prompt_id));
      pending.forEach(prompts.offer);
    } catch (error) {
      core.fail('unreachable', error);
    }
    if (!socket.isOpen()) pollIn(POLL_MS);
  };
  const pollIn = (ms: number): void => {
    env.clearTimeout(polling);
    if (!closed) polling = env.setTimeout(() => void poll(), ms / 2 + core.jitter(ms));
  };

  pollIn(PATIENCE_MS);
  return {
    acknowledge: prompts.acknowledge,
    wake: socket.wake,
    close() {
      closed = true;
      env.clearTimeout(polling);
      socket.close();
      prompts.close();
    },
  };
};
