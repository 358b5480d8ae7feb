import { ConvkitError, type FloatTensor } from '@convkit/api'
import { nonFinite } from './tensors.js'
import type { Training } from './training.js'

/** Training ran into a NaN or an infinity. The solver stands at the last good snapshot and can be saved. */
export class NanError extends ConvkitError {
  /** The step in which the first value was not finite. */
  readonly iteration: number
  /** That value: `conv1 output`, `the gradient of W1`, `W1 after the update`. */
  readonly source: string

  constructor(message: string, iteration: number, source: string) {
    super(message)
    this.iteration = iteration
    this.source = source
  }
}

const advice = 'lower the learning rate, clip the gradients with clipNorm, or check the data'

/**
 * Repeats the steps after a good snapshot, which `training` was restored to, up to step `until`, and looks at every
 * value. Rejects with the `NanError` that names the first bad one. `noticed` says what raised the alarm.
 */
export async function replay(training: Training, loss: FloatTensor, until: number, noticed: string): Promise<never> {
  const start = training.iteration
  while (training.iteration < until) {
    const iteration = training.iteration + 1
    await training.step(loss, async (source, tensor) => {
      const value = nonFinite(await tensor.read())
      if (value === null) return
      const where = iteration === until ? '' : ` of iteration ${iteration}`
      throw new NanError(
        `training: ${noticed} at iteration ${until}: ${source}${where} is the first non-finite value, ${value} (${advice})`,
        iteration,
        source,
      )
    })
  }
  throw new NanError(
    `training: ${noticed} at iteration ${until}, but not again when repeated from iteration ${start}: backend ${training.model.scope.backend.name} does not compute the same bits twice`,
    until,
    noticed,
  )
}
