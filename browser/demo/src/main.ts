// The demo: a small product that uses the node as any page would.
import { FlagEvaluator, type FlagDefinition } from '@growthbus/seed/evaluator';
import { GrowthTracker } from '@growthbus/seed/tracker';
import { PromptCard, type Prompt } from './prompt.ts';
import { GrowthSocket } from './socket.ts';

interface Entitlement {
  tier: string;
  state: string;
  limits: Record<string, number>;
  unlimited?: string[];
}

const USER_KEY = 'growthbus-demo-user';
const FLAG_JITTER_MS = 300;

const element = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};

function newUser(): string {
  return `demo-${crypto.getRandomValues(new Uint32Array(2)).join('')}`;
}

function currentUser(): string {
  const fromQuery = new URLSearchParams(location.search).get('user');
  const user = fromQuery ?? localStorage.getItem(USER_KEY) ?? newUser();
  localStorage.setItem(USER_KEY, user);
  return user;
}

function log(text: string): void {
  const line = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = new Date().toLocaleTimeString();
  line.append(time, text);
  const list = element('log');
  list.prepend(line);
  while (list.children.length > 12) list.lastElementChild?.remove();
}

const user = currentUser();
const tracker = new GrowthTracker();
const evaluator = new FlagEvaluator();

element('user-id').textContent = user;

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}

async function postJson<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}

async function showFlags(): Promise<void> {
  const { flags } = await getJson<{ flags: FlagDefinition[] }>(
    `/api/flags/definitions?user_id=${encodeURIComponent(user)}`,
  );
  evaluator.load(flags);
  const items = flags.map((flag) => {
    const on = evaluator.isFeatureEnabled(flag.key, user);
    const item = document.createElement('li');
    const name = document.createElement('code');
    name.textContent = flag.key;
    const value = document.createElement('span');
    value.className = on ? 'value on' : 'value';
    value.dataset['testid'] = `flag-${flag.key}`;
    value.textContent = on ? 'on' : 'off';
    item.append(name, value);
    return item;
  });
  element('flag-list').replaceChildren(...items);
}

function showEntitlement(entitlement: Entitlement): void {
  element('tier').textContent = entitlement.tier;
  element('entitlement-state').textContent = entitlement.state;
  const limit = entitlement.limits['api_calls'];
  element('limit-api_calls').textContent = limit === undefined ? 'unlimited' : limit.toLocaleString('en');
  (element('upgrade') as HTMLButtonElement).disabled = entitlement.tier !== 'free';
}

async function loadEntitlement(): Promise<void> {
  showEntitlement(await getJson<Entitlement>(`/api/billing/entitlements/${encodeURIComponent(user)}`));
}

function report(what: string): (error: unknown) => void {
  return () => log(`${what} did not work; is the node running?`);
}

function refresh(): void {
  loadEntitlement().catch(report('Reading your plan'));
  showFlags().catch(report('Reading the flags'));
}

const socket = new GrowthSocket(
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/eventbus/websocket`,
  {
    token: () => postJson('/api/auth/user-token', { user_id: user }),
    state: (connected) => {
      element('connection').textContent = connected ? 'connected' : 'connecting';
      element('dot').classList.toggle('on', connected);
      if (connected) refresh();
    },
    message: (address, body) => {
      if (address === 'me.prompts' && body['type'] === 'prompt') {
        const prompt = body as unknown as Prompt;
        log(`The server raised a prompt: ${prompt.event} reached ${prompt.threshold}.`);
        card.show(prompt);
      } else if (address === 'me.prompts' && body['type'] === 'retract') {
        log(`The server took the prompt back (${String(body['reason'])}).`);
        card.retract(String(body['prompt_id']));
      } else if (address === 'me.entitlements') {
        log(`Your plan is now ${String(body['tier'])}.`);
        showEntitlement(body as unknown as Entitlement);
      } else if (address === 'public.flags') {
        log('The flags have changed.');
        setTimeout(() => void showFlags().catch(report('Reading the flags')), Math.random() * FLAG_JITTER_MS);
      }
    },
  },
);

const card = new PromptCard(element('prompt-place'), (promptId, action) =>
  socket.send('me.prompts.ack', { prompt_id: promptId, action }),
);

function track(name: string, properties: Record<string, unknown>, said: string): void {
  tracker.track(name, properties, user);
  const count = element(`count-${name}`);
  count.textContent = String(Number(count.textContent) + 1);
  log(said);
}

element('create-project').addEventListener('click', () =>
  track('project_created', { project_type: 'website' }, 'You created a project.'),
);
element('call-api').addEventListener('click', () =>
  track('api_call', { endpoint: '/v1/projects', status_code: 200 }, 'You called the API.'),
);
element('invite').addEventListener('click', () =>
  track('team_invite_sent', { role: 'editor', invitee_domain: 'example.com' }, 'You invited a teammate.'),
);
element('upgrade').addEventListener('click', () => {
  log('The billing system delivers your upgrade …');
  postJson('/demo/api/upgrade', { user_id: user }).catch(report('The upgrade'));
});
element('new-user').addEventListener('click', () => {
  localStorage.setItem(USER_KEY, newUser());
  location.search = '';
  location.reload();
});

void socket.open();
