import type { FloatTensor } from '@convkit/api'
import type { Communicator } from '../communicator.js'

/** Bytes in one all-reduce: its latency hardly shows, and a communicator with threads works while the next is copied. */
const bucketBytes = 2 ** 20

interface Bucket {
  readonly values: Float32Array | Float64Array
  readonly places: readonly Place[]
}

interface Place {
  readonly tensor: FloatTensor
  /** Its part of the bucket. */
  readonly values: Float32Array | Float64Array
  readonly averaged: boolean
}

/** Tensors that are all-reduced again and again, several in a call. */
export class Buckets {
  readonly #communicator: Communicator
  readonly #buckets: readonly Bucket[]

  /** Of one number type. `averaged` are weighted by each rank's share, and `summed` are not. */
  constructor(communicator: Communicator, summed: readonly FloatTensor[], averaged: readonly FloatTensor[]) {
    this.#communicator = communicator
    this.#buckets = fill([
      ...summed.map((tensor) => ({ tensor, averaged: false })),
      ...averaged.map((tensor) => ({ tensor, averaged: true })),
    ])
  }

  /** Waits for the tensors, and overwrites them with the sums over all ranks. */
  async reduce(share: number): Promise<void> {
    const calls: Promise<void>[] = []
    for (const { values, places } of this.#buckets) {
      for (const { tensor, values: own, averaged } of places) {
        await tensor.read(own)
        if (averaged) for (let i = 0; i < own.length; i++) own[i] *= share
      }
      calls.push(this.#communicator.allreduce(values))
    }
    for (const [i, { places }] of this.#buckets.entries()) {
      await calls[i]
      for (const { tensor, values } of places) tensor.write(values)
    }
  }
}

/** In the order given, each bucket as many as fit, and at least one. */
function fill(tensors: readonly Pick<Place, 'tensor' | 'averaged'>[]): Bucket[] {
  const groups: (typeof tensors)[number][][] = []
  let room = 0
  for (const entry of tensors) {
    const size = entry.tensor.size
    const group = groups.at(-1)
    if (group && size <= room) group.push(entry)
    else {
      groups.push([entry])
      room = bucketBytes / (entry.tensor.dtype === 'float32' ? 4 : 8)
    }
    room -= size
  }
  return groups.map((group) => {
    const size = group.reduce((sum, { tensor }) => sum + tensor.size, 0)
    const values = group[0]?.tensor.dtype === 'float64' ? new Float64Array(size) : new Float32Array(size)
    let end = 0
    const places = group.map(({ tensor, averaged }) => {
      end += tensor.size
      return { tensor, averaged, values: values.subarray(end - tensor.size, end) }
    })
    return { values, places }
  })
}
