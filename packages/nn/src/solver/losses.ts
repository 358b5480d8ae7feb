import type { FloatDType, FloatTensor, Scope } from '@convkit/api'

/** The losses of a run: those that were read, and those of the last steps, which wait on the device. */
export class Losses {
  /** One a step; those on the device come after them. */
  values: number[] = []
  readonly #waiting: readonly FloatTensor[]
  #since = 0

  /** As many as `every` wait. */
  constructor(scope: Scope, dtype: FloatDType, every: number) {
    this.#waiting = Array.from({ length: every }, () => scope.alloc([1], dtype))
  }

  /** How many of so many steps' losses wait. */
  pending(iteration: number): number {
    return iteration - this.values.length
  }

  /** Where the loss of the step after `iteration` goes; the clock of a rate starts when it is the first to wait. */
  next(iteration: number): FloatTensor {
    const pending = this.pending(iteration)
    if (pending === 0) this.#since = performance.now()
    const loss = this.#waiting[pending]
    if (!loss) throw new RangeError('no place for another loss: read those that wait')
    return loss
  }

  /** Those that wait, and the seconds since the first of their steps began. */
  async read(iteration: number): Promise<{ readonly values: readonly number[]; readonly seconds: number }> {
    const waiting = this.#waiting.slice(0, this.pending(iteration))
    const read = await Promise.all(waiting.map((loss) => loss.read()))
    return { values: read.map(([loss = Number.NaN]) => loss), seconds: (performance.now() - this.#since) / 1000 }
  }
}
