// @growthbus/browser/prompts: the part for prompts and live changes, for pages that load it at once.
export { startLive } from './live/start.ts';
export { showCard } from './live/view.ts';
