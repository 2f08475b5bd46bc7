/** Waits until a condition gives a value; looks again at short intervals, up to a deadline. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  deadlineMs = 15_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`within ${deadlineMs} ms it did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
