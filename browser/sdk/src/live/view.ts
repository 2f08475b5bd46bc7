// The built-in view of a prompt: a card that is not modal, takes no focus and can be left alone.
import type { Prompt, PromptAction, PromptWords } from '../types.ts';

// Colours of the system: light, dark and high contrast are the user's, 4.5:1 and more.
const STYLE =
  ':host{all:initial;color-scheme:light dark;position:fixed;z-index:2147483647;inset-block-end:1em;inset-inline-end:1em}' +
  'section{width:340px;max-width:calc(100vw - 2em);box-sizing:border-box;padding:1.2em;border:1px solid;' +
  'border-radius:var(--growthbus-radius,12px);background:var(--growthbus-background,Canvas);' +
  'color:var(--growthbus-color,CanvasText);font:var(--growthbus-font,15px/1.5 system-ui,sans-serif);overflow-wrap:anywhere}' +
  'h2,p{margin:0 0 .6em;font-size:1em}' +
  'div{display:flex;flex-wrap:wrap;gap:.5em}' +
  'a,button{padding:.4em .8em;border:1px solid;border-radius:.5em;font:inherit;color:inherit;background:none;text-decoration:none;cursor:pointer}' +
  'a{background:var(--growthbus-accent,CanvasText);color:var(--growthbus-accent-color,Canvas)}';

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
