/** Lets relative addresses of page code work outside a page; gives a function that undoes it. */
export function fetchFrom(base: () => string): () => void {
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) =>
    original(typeof input === 'string' && input.startsWith('/') ? base() + input : input, init);
  return () => {
    globalThis.fetch = original;
  };
}
