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

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** SHA-1 (FIPS 180-4); the browser's own is asynchronous and exists in secure contexts only. */
function sha1(bytes: Uint8Array): Uint8Array {
  const length = bytes.length;
  const words = new Int32Array((((length + 8) >> 6) + 1) * 16);
  for (let i = 0; i <= length; i++) words[i >> 2]! |= (i < length ? bytes[i]! : 128) << (24 - (i & 3) * 8);
  words[words.length - 1] = length * 8;
  const hash = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const w = new Int32Array(80);
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d, e] = hash as [number, number, number, number, number];
    for (let t = 0; t < 80; t++) {
      w[t] = t < 16 ? words[block + t]! : rotate(w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!, 1);
      const mixed =
        t < 20
          ? ((b & c) | (~b & d)) + 0x5a827999
          : t < 40
            ? (b ^ c ^ d) + 0x6ed9eba1
            : t < 60
              ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
              : (b ^ c ^ d) + 0xca62c1d6;
      const next = (rotate(a, 5) + mixed + e + w[t]!) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = next;
    }
    [a, b, c, d, e].forEach((word, i) => (hash[i] = (hash[i]! + word) | 0));
  }
  return Uint8Array.from({ length: 20 }, (_, i) => hash[i >> 2]! >>> (24 - (i & 3) * 8));
}

/**
 * The id that a name always has within a namespace.
 *
 * @param namespace a UUID
 */
export function uuidV5(namespace: string, name: string): string {
  const space = namespace.replace(/-/g, '').match(/../g)!;
  return format(sha1(Uint8Array.from([...space.map((hex) => parseInt(hex, 16)), ...utf8(name)])), 5);
}

const EXPOSURES = 'f4a8ab5e-6a0b-5c53-9a43-3ce42d1c9a0e';

/** The id of an exposure: the same for the same user, flag, version and variant, wherever it is noted. */
export function exposureId(user: string, flag: string, version: number, variant: string): string {
  return uuidV5(EXPOSURES, JSON.stringify([user, flag, version, variant]));
}
