// Identifiers: UUID version 7 (RFC 9562, 5.7) and version 5 (5.5), without a secure context.

let lastMs = 0;
let counter = 0;

const format = (bytes: Uint8Array, version: number): string => {
  bytes[6] = (bytes[6]! & 15) | (version << 4);
  bytes[8] = (bytes[8]! & 63) | 128;
  return Array.from(bytes.subarray(0, 16), (byte) => (byte + 256).toString(16).slice(1))
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

/** An id that sorts after all that this page has made before. */
export function uuidV7(nowMs: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = bytes[7]!;
  } else if (++counter > 4095) {
    lastMs++;
    counter = 0;
  }
  for (let i = 0, rest = lastMs; i < 6; i++, rest = Math.floor(rest / 256)) bytes[5 - i] = rest % 256;
  bytes[6] = counter >> 8;
  bytes[7] = counter & 255;
  return format(bytes, 7);
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * The id that a name always has within a namespace; null where the browser has no digest, outside of
 * secure contexts.
 *
 * @param namespace a UUID
 */
export async function uuidV5(namespace: string, name: string): Promise<string | null> {
  if (!crypto.subtle) return null;
  const space = namespace.match(/[^-]{2}/g)!.map((hex) => parseInt(hex, 16));
  const hash = await crypto.subtle.digest('SHA-1', Uint8Array.from([...space, ...utf8(name)]));
  return format(new Uint8Array(hash), 5);
}

const EXPOSURES = '5f1c8f3e-6a0b-5d57-9b1e-3c4a7d2e8f60';

/** The id of an exposure: the same for the same user, flag, revision and variant, wherever it is noted. */
export function exposureId(
  user: string,
  flag: string,
  revision: number,
  variant: string,
): Promise<string | null> {
  return uuidV5(EXPOSURES, [flag, revision, variant.length, variant, user].join(':'));
}
