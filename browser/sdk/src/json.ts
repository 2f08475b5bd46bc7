// JSON of which nothing is known.

/** Null for what is no JSON. */
export function parse(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text || 'null');
  } catch {
    return null;
  }
}

/** A copy as JSON says it; an empty one, and the error told, of what JSON cannot say. */
export function plain(
  value: Record<string, unknown> | undefined,
  failed: (error: unknown) => void,
): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(value || {})) as Record<string, unknown>;
  } catch (error) {
    failed(error);
    return {};
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
