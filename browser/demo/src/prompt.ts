// The upgrade prompt as a card: a dialog that is not modal, takes no focus and can be left alone.

export interface Prompt {
  prompt_id: string;
  event: string;
  count: number;
  threshold: number;
  title: string;
  body: string;
  cta: { label: string; url: string };
}

export type Action = 'shown' | 'clicked' | 'dismissed';

export class PromptCard {
  private current: { prompt: Prompt; element: HTMLElement } | null = null;
  private waiting: Prompt[] = [];

  constructor(
    private readonly place: HTMLElement,
    private readonly acknowledge: (promptId: string, action: Action) => void,
  ) {
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.current) this.end('dismissed');
    });
  }

  /** Shows a prompt, or keeps it until the one on the screen is done with. */
  show(prompt: Prompt): void {
    if (this.current?.prompt.prompt_id === prompt.prompt_id) return;
    if (this.waiting.some((p) => p.prompt_id === prompt.prompt_id)) return;
    if (this.current) {
      this.waiting.push(prompt);
      return;
    }
    const event = new CustomEvent('show-upgrade-prompt', { detail: prompt, cancelable: true });
    if (!window.dispatchEvent(event)) return;
    const element = this.element(prompt);
    this.current = { prompt, element };
    this.place.append(element);
    this.acknowledge(prompt.prompt_id, 'shown');
  }

  /** Takes a prompt back that must no longer be shown. */
  retract(promptId: string): void {
    this.waiting = this.waiting.filter((p) => p.prompt_id !== promptId);
    if (this.current?.prompt.prompt_id === promptId) this.remove();
  }

  private end(action: Action): void {
    if (!this.current) return;
    this.acknowledge(this.current.prompt.prompt_id, action);
    this.remove();
  }

  private remove(): void {
    this.current?.element.remove();
    this.current = null;
    const next = this.waiting.shift();
    if (next) this.show(next);
  }

  private element(prompt: Prompt): HTMLElement {
    const card = document.createElement('section');
    card.className = 'prompt';
    card.dataset['testid'] = 'prompt';
    card.setAttribute('role', 'dialog');
    card.setAttribute('aria-labelledby', 'prompt-title');
    card.setAttribute('aria-describedby', 'prompt-body');
    const title = document.createElement('h2');
    title.id = 'prompt-title';
    title.textContent = prompt.title;
    const body = document.createElement('p');
    body.id = 'prompt-body';
    body.textContent = prompt.body;
    const actions = document.createElement('div');
    actions.className = 'actions';
    const cta = document.createElement('button');
    cta.className = 'primary';
    cta.dataset['testid'] = 'prompt-cta';
    cta.textContent = prompt.cta.label;
    cta.addEventListener('click', () => this.end('clicked'));
    const dismiss = document.createElement('button');
    dismiss.dataset['testid'] = 'prompt-dismiss';
    dismiss.textContent = 'Not now';
    dismiss.addEventListener('click', () => this.end('dismissed'));
    actions.append(cta, dismiss);
    card.append(title, body, actions);
    return card;
  }
}
