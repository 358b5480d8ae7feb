/**
 * A check's own seed, so that checks do not all see the same cases and neighbouring seeds do not begin alike: FNV-1a over
 * the id, and the finalizer of MurmurHash3.
 */
export function seedOf(seed: number, id: string): number {
  // The bits above the lower 32, which alone an xor sees.
  let h = seed ^ 0x811c9dc5 ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)
  for (let i = 0; i < id.length; i++) h = Math.imul(h ^ id.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
