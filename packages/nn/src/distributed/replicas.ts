import type { FloatTensor } from '@convkit/api'
import { type Part, partOf } from '@convkit/data'
import type { Communicator } from '../communicator.js'
import { checkFingerprint, type Fingerprint } from '../solver/fingerprint.js'
import { agree } from './agree.js'
import { Buckets } from './buckets.js'
import { Metered } from './metered.js'
import { broadcastBytes } from './texts.js'

/** A value that is not finite, on the first rank that has one. */
export interface FoundBad {
  readonly rank: number
  readonly value: number
}

/** What keeps the ranks' copies of a training equal. Every call is collective. */
export class Replicas {
  readonly communicator: Metered
  readonly part: Part
  /** Whether some rank has asked to stop; the same on every rank. */
  stopped = false
  readonly #loss = new Float64Array(2)

  /** Null for one rank, which has nobody to keep step with. */
  static of(communicator: Communicator | null): Replicas | null {
    if (!communicator || communicator.size === 1) return null
    return new Replicas(communicator instanceof Metered ? communicator : new Metered(communicator))
  }

  private constructor(communicator: Metered) {
    this.communicator = communicator
    this.part = { index: communicator.rank, of: communicator.size }
  }

  /** The share of a batch of `rows` that is this rank's. */
  share(rows: number): number {
    const [from, to] = partOf(rows, this.part)
    return (to - from) / rows
  }

  /** The fewest that any rank has of so many rows. */
  leastRows(rows: number): number {
    return Math.floor(rows / this.part.of)
  }

  /** Gradients are summed, buffers averaged. */
  buckets(gradients: readonly FloatTensor[], buffers: readonly FloatTensor[]): Buckets {
    return new Buckets(this.communicator, gradients, buffers)
  }

  async sum(value: number): Promise<number> {
    const sums = Float64Array.of(value)
    await this.communicator.allreduce(sums)
    return sums[0]
  }

  /** loss = the sum of every rank's, and `stopped` where `stop` is true on any of them. */
  async reduceLoss(loss: FloatTensor, stop: boolean): Promise<void> {
    const [own = Number.NaN] = await loss.read()
    this.#loss[0] = own
    this.#loss[1] = stop ? 1 : 0
    await this.communicator.allreduce(this.#loss)
    const [sum = Number.NaN, stops = 0] = this.#loss
    loss.write(loss.dtype === 'float32' ? Float32Array.of(sum) : Float64Array.of(sum))
    this.stopped = stops > 0
  }

  /** Starts from rank 0's tensors. Throws `ConfigError` on every rank where the runs of two of them differ. */
  async begin(own: Fingerprint, tensors: readonly FloatTensor[], stop: boolean): Promise<void> {
    const bytes = await broadcastBytes(this.communicator, new TextEncoder().encode(JSON.stringify(own)))
    const first: Fingerprint = JSON.parse(new TextDecoder().decode(bytes))
    await agree(this.communicator, () => checkFingerprint(first, own, 'solver: ranks differ, and on the first'))
    const stops = Int32Array.of(stop ? 1 : 0)
    await this.communicator.allreduce(stops)
    this.stopped = stops[0] !== 0
    await this.broadcast(tensors)
  }

  /** Rank 0's values. */
  async broadcast(tensors: readonly FloatTensor[]): Promise<void> {
    for (const tensor of tensors) {
      const values = await tensor.read()
      await this.communicator.broadcast(values)
      if (this.communicator.rank !== 0) tensor.write(values)
    }
  }

  /** The first rank whose `value` is not null. */
  async findBad(value: number | null): Promise<FoundBad | null> {
    const { rank, size } = this.communicator
    const first = Int32Array.of(value === null ? size : rank)
    await this.communicator.allreduce(first, 'min')
    const [found = size] = first
    if (found === size) return null
    const values = Float64Array.of(value ?? 0)
    await this.communicator.broadcast(values, found)
    return { rank: found, value: values[0] }
  }
}
