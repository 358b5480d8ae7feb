import type { Scope } from '@convkit/api'
import type { Model } from '../model.js'
import type { StepRecord } from './events.js'
import { type Settings, wantsNorm } from './options.js'
import type { Place } from './stages/stage.js'

interface Waiting extends Place {
  learningRate: number
}

/** The losses of a run: those that were read, and those of the last steps, which wait on the device. */
export class Losses {
  /** One a step; those on the device come after them. */
  values: number[] = []
  readonly #waiting: readonly Waiting[]
  #since = 0

  constructor(scope: Scope, { dtype }: Model, settings: Settings) {
    const one = () => scope.alloc([1], dtype)
    this.#waiting = Array.from({ length: settings.lossEvery }, () => ({
      loss: one(),
      squares: wantsNorm(settings) ? one() : null,
      learningRate: Number.NaN,
    }))
  }

  /** How many of so many steps' losses wait. */
  pending(iteration: number): number {
    return iteration - this.values.length
  }

  /** Where the step after `iteration` leaves its loss; the clock of a rate starts when it is the first to wait. */
  next(iteration: number): Waiting {
    const pending = this.pending(iteration)
    if (pending === 0) this.#since = performance.now()
    const place = this.#waiting[pending]
    if (!place) throw new RangeError('no place for another loss: read those that wait')
    return place
  }

  /** Those that wait, and the seconds since the first of their steps began. */
  async read(iteration: number): Promise<{ readonly steps: readonly StepRecord[]; readonly seconds: number }> {
    const before = this.values.length
    const steps = await Promise.all(
      this.#waiting.slice(0, this.pending(iteration)).map(async ({ loss, squares, learningRate }, i) => {
        const [[value = Number.NaN], [square = Number.NaN] = []] = await Promise.all([loss.read(), squares?.read()])
        const norm = squares && { gradientNorm: Math.sqrt(square) }
        return { iteration: before + i + 1, loss: value, learningRate, ...norm }
      }),
    )
    return { steps, seconds: (performance.now() - this.#since) / 1000 }
  }
}
