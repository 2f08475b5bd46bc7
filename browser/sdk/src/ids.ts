// Identifiers: UUID version 7 (RFC 9562, 5.7) and version 5 (5.5), without a secure context.

let lastMs = 0;
let counter = 0;

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');

/** The UUID of 32 hexadecimal digits or more: version and variant take their places. */
const format = (digits: string, version: number): string =>
  digits.replace(
    /^(.{8})(.{4}).(.{3})(.)(.{3})(.{12}).*/,
    (_, ...[low, mid, high, variant, sequence, node]: string[]) =>
      `${low}-${mid}-${version}${high}-${'89ab'[parseInt(variant!, 16) & 3]}${sequence}-${node}`,
  );

/** An id that sorts after all that this page has made before. */
export function uuidV7(nowMs: number): string {
  const random = crypto.getRandomValues(new Uint8Array(9));
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = random[8]!;
  } else if (++counter > 4095) {
    lastMs++;
    counter = 0;
  }
  return format(
    lastMs.toString(16).padStart(12, '0') + counter.toString(16).padStart(4, '0') + hex(random),
    7,
  );
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
  return format(hex(new Uint8Array(hash)), 5);
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
