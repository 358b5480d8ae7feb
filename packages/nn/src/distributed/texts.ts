import type { Communicator } from '../communicator.js'

/** Every rank's text, by rank, on every rank. */
export async function gatherTexts(communicator: Communicator, text: string): Promise<string[]> {
  const { rank, size } = communicator
  const own = new TextEncoder().encode(text)
  const lengths = new Int32Array(size)
  lengths[rank] = own.length
  await communicator.allreduce(lengths)
  const ends: number[] = []
  for (const length of lengths) ends.push((ends.at(-1) ?? 0) + length)
  // One byte an element; sums with the others' zeros leave it as it is.
  const all = new Int32Array(ends.at(-1) ?? 0)
  all.set(own, (ends[rank] ?? 0) - own.length)
  if (all.length > 0) await communicator.allreduce(all)
  const bytes = Uint8Array.from(all)
  return ends.map((end, i) => new TextDecoder().decode(bytes.subarray(ends[i - 1] ?? 0, end)))
}

/** Rank 0's bytes on every rank; what the others pass does not matter. */
export async function broadcastBytes(communicator: Communicator, bytes: Uint8Array): Promise<Uint8Array> {
  const length = Int32Array.of(bytes.length)
  await communicator.broadcast(length)
  const words = new Int32Array(Math.ceil((length[0] ?? 0) / 4))
  const view = new Uint8Array(words.buffer, 0, length[0])
  if (communicator.rank === 0) view.set(bytes)
  if (words.length > 0) await communicator.broadcast(words)
  return view
}
