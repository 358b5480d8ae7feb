import { ConfigError, DataError } from '@convkit/api'
import { randomNormal } from 'd3-random'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** The whole state of a `Random`: plain integers, so that it can be saved and restored exactly. */
export type RandomState = readonly number[]

/** Throws a `ConfigError` for anything but a safe integer. */
export function checkSeed(owner: string, seed: unknown): void {
  if (!Number.isSafeInteger(seed))
    throw new ConfigError(`${owner}: seed must be a whole number from -(2^53 - 1) to 2^53 - 1, got ${String(seed)}`)
}

/** The seed after this one: one more, and after the last of all the first. */
export function nextSeed(seed: number): number {
  return seed === Number.MAX_SAFE_INTEGER ? Number.MIN_SAFE_INTEGER : seed + 1
}

/**
 * Seeded random numbers, drawn on the host so that one seed gives the same weights, batches and masks on every backend.
 */
export class Random {
  readonly #generator

  /**
   * Every safe integer is a seed with a stream of its own. Throws `ConfigError` for any other number, `DataError` for a
   * state that is none.
   */
  constructor(seed: number | RandomState) {
    if (!Array.isArray(seed)) {
      checkSeed('random', seed)
      // What the library makes of a seed of 32 bits, with the bits above them in the word that it leaves 0.
      this.#generator = xoroshiro128plusFromState([
        -1,
        ~Number(seed),
        Number(seed) | 0,
        Math.floor(Number(seed) / 2 ** 32),
      ])
      // Fresh from a small seed its state is nearly all zeros or ones, and so are the first draws of every such seed.
      this.#generator.jump()
    } else {
      if (
        seed.length !== 4 ||
        !seed.every((word) => Number.isInteger(word) && (word | 0) === word) ||
        !seed.some(Boolean)
      )
        throw new DataError(`random: a state is four integers of 32 bits, not all 0, got ${JSON.stringify(seed)}`)
      this.#generator = xoroshiro128plusFromState(seed)
    }
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
      const swapped = order[i]
      order[i] = order[j]
      order[j] = swapped
    }
    return order
  }
}
