import type { Communicator } from '../communicator.js'

/** Every rank's text, by rank, on every rank. */
export async function gatherTexts(communicator: Communicator, text: string): Promise<string[]> {
  const { rank, size } = communicator
  const own = new TextEncoder().encode(text)
  const lengths = new Int32Array(size)
  lengths[rank] = own.length
  await communicator.allreduce(lengths)
  const starts = [0]
  for (const [i, length] of lengths.entries()) starts.push(starts[i] + length)
  // One byte an element; sums with the others' zeros leave it as it is.
  const all = new Int32Array(starts[size])
  all.set(own, starts[rank])
  if (all.length > 0) await communicator.allreduce(all)
  const bytes = Uint8Array.from(all)
  return Array.from(lengths, (length, i) => new TextDecoder().decode(bytes.subarray(starts[i], starts[i] + length)))
}

/** Rank 0's bytes on every rank; what the others pass does not matter. */
export async function broadcastBytes(communicator: Communicator, bytes: Uint8Array): Promise<Uint8Array> {
  const lengths = Int32Array.of(bytes.length)
  await communicator.broadcast(lengths)
  const [length] = lengths
  const words = new Int32Array(Math.ceil(length / 4))
  const view = new Uint8Array(words.buffer, 0, length)
  if (communicator.rank === 0) view.set(bytes)
  if (words.length > 0) await communicator.broadcast(words)
  return view
}
