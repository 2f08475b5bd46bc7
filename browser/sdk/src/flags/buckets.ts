// Buckets of units, a user for example: the same ones as on the server.

/** How many murmur3 buckets there are: a percentage has three decimal places. */
export const BUCKETS = 100_000;

/** Seeds of murmur3: what a bucket is for. */
export const ROLLOUT = 0;
export const VARIANT = 86_028_157;
export const HOLDOUT = 49_979_687;

/** Gives the bucket of a unit. */
export type Buckets = (unit: string) => number;

function hashCode(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}

/**
 * Buckets 0 to 99 by the hash `h = 31·h + c` over the UTF-16 units of the unit and a key. The hash is linear,
 * so that the two are never joined: `h(a + b) = h(a)·31^length(b) + h(b)`.
 */
export function seedBuckets(key: string): Buckets {
  const hash = hashCode(key);
  let power = 1;
  for (let i = 0; i < key.length; i++) power = Math.imul(power, 31);
  return (unit) => Math.abs((Math.imul(hashCode(unit), power) + hash) | 0) % 100;
}

const scrambled = (block: number) => {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
};

/**
 * Buckets 0 to 99,999 by murmur3 x86-32 (Austin Appleby, public domain) over the UTF-8 bytes of
 * `salt + ":" + unit`. The beginning is hashed once; a unit is encoded while it is hashed, so that nothing is
 * allocated. Half of a surrogate pair is U+FFFD, as TextEncoder writes it.
 */
export function murmurBuckets(salt: string, seed: number): Buckets {
  let beginHash = seed;
  let beginBlock = 0;
  let beginLength = 0;

  function bucket(text: string, begin?: boolean): number {
    let hash = beginHash;
    let block = beginBlock;
    let length = beginLength;
    for (let i = 0; i < text.length; i++) {
      let point = text.charCodeAt(i);
      if ((point & 0xf800) === 0xd800) {
        const next = point < 0xdc00 ? text.charCodeAt(i + 1) : 0;
        if ((next & 0xfc00) === 0xdc00) {
          point = (point << 10) + next - 0x35fdc00;
          i++;
        } else point = 0xfffd;
      }
      // How many bytes follow the first one, which says so by its highest bits.
      const more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
      for (let j = more; j >= 0; j--) {
        const bits = point >> (6 * j);
        const byte = j < more ? 0x80 | (bits & 0x3f) : more ? (0x100 - (0x80 >> more)) | bits : bits;
        block |= byte << (8 * (length & 3));
        if (!(++length & 3)) {
          hash ^= scrambled(block);
          hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
          block = 0;
        }
      }
    }
    if (begin) {
      beginHash = hash;
      beginBlock = block;
      beginLength = length;
    }
    hash ^= scrambled(block) ^ length;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return Math.floor((((hash ^ (hash >>> 16)) >>> 0) * BUCKETS) / 2 ** 32);
  }

  bucket(salt + ':', true);
  return bucket;
}
