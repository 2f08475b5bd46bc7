// The built-in view of a prompt: a card that is not modal, takes no focus and can be left alone.
import type { Prompt, PromptAction, PromptWords } from '../types.ts';

const STYLE = `:host{all:initial;position:fixed;z-index:2147483000;inset-block-end:16px;inset-inline-end:16px;max-width:calc(100vw - 32px)}
section{box-sizing:border-box;width:340px;max-width:100%;padding:20px;border-radius:var(--growthbus-radius,12px);background:var(--growthbus-background,#fff);color:var(--growthbus-color,#1c1b29);border:1px solid var(--growthbus-border,#d6d5e3);box-shadow:0 8px 30px rgba(0,0,0,.2);font:400 15px/1.5 var(--growthbus-font,system-ui,sans-serif);text-align:start;overflow-wrap:anywhere;animation:g .2s ease-out}
h2{margin:0 0 6px;font-size:17px;line-height:1.3}
p{margin:0 0 16px}
div{display:flex;flex-wrap:wrap;gap:8px}
a,button{box-sizing:border-box;min-height:36px;padding:6px 12px;border:1px solid transparent;border-radius:8px;font:inherit;cursor:pointer;text-decoration:none;color:inherit;background:none}
a{background:var(--growthbus-accent,#3f3cc4);color:var(--growthbus-accent-color,#fff);font-weight:600}
button{border-color:currentColor}
a:focus-visible,button:focus-visible{outline:3px solid var(--growthbus-focus,#8a88ff);outline-offset:2px}
@keyframes g{from{opacity:0;transform:translateY(8px)}}
@media (prefers-reduced-motion:reduce){section{animation:none}}
@media (prefers-color-scheme:dark){section{background:var(--growthbus-background,#201f2e);color:var(--growthbus-color,#f2f1fa);border-color:var(--growthbus-border,#494760)}a{background:var(--growthbus-accent,#b9b7ff);color:var(--growthbus-accent-color,#15142a)}}`;

/** A style sheet that no content security policy of the page forbids; where there is none, an element. */
function dress(document: Document, root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.appendChild(document.createElement('style')).textContent = STYLE;
  }
}

/** The address, if following it leads to a page and runs nothing. */
function safe(document: Document, url: string): string {
  try {
    return /^https?:$/.test(new URL(url, document.baseURI).protocol) ? url : '';
  } catch {
    return '';
  }
}

/** Shows a card; gives a function that removes it. */
export function showCard(
  document: Document,
  prompt: Prompt,
  words: PromptWords,
  act: (action: PromptAction) => void,
): () => void {
  const host = document.createElement('growthbus-prompt');
  const root = host.attachShadow({ mode: 'open' });
  dress(document, root);

  const add = <T extends HTMLElement>(to: Node, name: string, part: string, text?: string): T => {
    const element = document.createElement(name) as T;
    element.setAttribute('part', part);
    element.id = part;
    if (text) element.textContent = text;
    to.appendChild(element);
    return element;
  };
  const card = add(root, 'section', 'card');
  card.setAttribute('role', 'dialog');
  card.setAttribute('aria-labelledby', 'title');
  card.setAttribute('aria-describedby', 'body');
  add(card, 'h2', 'title', prompt.title);
  add(card, 'p', 'body', prompt.body);
  const actions = add(card, 'div', 'actions');
  const button = (part: string, text: string, action: PromptAction) => {
    const element = add<HTMLButtonElement>(actions, 'button', part, text);
    element.type = 'button';
    element.onclick = () => act(action);
  };
  const address = prompt.cta && safe(document, prompt.cta.url);
  if (address) {
    const link = add<HTMLAnchorElement>(actions, 'a', 'cta', prompt.cta.label);
    link.href = address;
    link.onclick = () => act('clicked');
  } else if (prompt.cta) button('cta', prompt.cta.label, 'clicked');
  button('snooze', words.snooze || 'Remind me later', 'snoozed');
  button('dismiss', words.dismiss || 'Not now', 'dismissed');

  // Who comes in by keyboard is led back to where they were.
  let before: EventTarget | null = null;
  host.addEventListener('focusin', (event) => (before = before || event.relatedTarget));
  const escape = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented) act('dismissed');
  };
  document.addEventListener('keydown', escape);
  document.body.appendChild(host);
  return () => {
    document.removeEventListener('keydown', escape);
    const inside = root.activeElement;
    host.remove();
    if (inside && before) (before as HTMLElement).focus();
  };
}
