// @growthbus/browser/flags: the evaluator of flags, for servers and for pages that need it at once.
export * from './flags/index.ts';
