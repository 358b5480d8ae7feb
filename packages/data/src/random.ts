import { randomNormal } from 'd3-random'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** The whole state of a `Random`: plain integers, so that it can be saved and restored exactly. */
export type RandomState = readonly number[]

/**
 * Seeded random numbers, drawn on the host so that one seed gives the same weights, batches and masks on every backend.
 */
export class Random {
  readonly #generator

  constructor(seed: number | RandomState) {
    if (typeof seed === 'number') {
      this.#generator = xoroshiro128plus(seed)
      // Fresh from a small seed its state is nearly all zeros or ones, and so are the first draws of every such seed.
      this.#generator.jump()
    } else this.#generator = xoroshiro128plusFromState(seed)
  }

  get state(): RandomState {
    return this.#generator.getState()
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return uniformFloat64(this.#generator)
  }

  /** Uniform among the integers of [0, n). */
  integer(n: number): number {
    return uniformInt(this.#generator, 0, n - 1)
  }

  /** `count` normal deviates of mean 0. */
  normal(count: number, standardDeviation = 1): Float64Array {
    // A fresh sampler each time: it keeps a spare deviate that `state` would not show.
    const sample = randomNormal.source(() => this.uniform())(0, standardDeviation)
    const deviates = new Float64Array(count)
    for (let i = 0; i < count; i++) deviates[i] = sample()
    return deviates
  }

  /** The integers of [0, n) in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const swapped = order[i] ?? 0
      order[i] = order[j] ?? 0
      order[j] = swapped
    }
    return order
  }
}
