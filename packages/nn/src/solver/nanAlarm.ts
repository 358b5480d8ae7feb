import { ConvkitError, type FloatTensor } from '@convkit/api'
import { share } from '../distributed/agree.js'
import type { Replicas } from '../distributed/replicas.js'
import type { EpochRecord } from './events.js'
import type { Place } from './stages/stage.js'
import { nonFinite } from './tensors.js'
import type { Training } from './training.js'

/** Training ran into a NaN or an infinity. The solver stands at the last good snapshot and can be saved. */
export class NanError extends ConvkitError {
  override name = 'NanError'
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
 * value. Rejects with the `NanError` that names the first bad one. `noticed` says what raised the alarm. Replicas
 * repeat the steps together, and all of them reject. Schedules see the checks again that the run had by then.
 */
export async function replay(
  training: Training,
  place: Place,
  until: number,
  noticed: string,
  { replicas, checks }: { readonly replicas: Replicas | null; readonly checks: readonly EpochRecord[] },
): Promise<never> {
  const start = training.iteration
  while (training.iteration < until) {
    const iteration = training.iteration + 1
    const watch = async (source: string, tensor: FloatTensor) => {
      const own = nonFinite(await tensor.read())
      const found = replicas ? await replicas.findBad(own) : own === null ? null : { value: own, rank: null }
      if (!found) return
      const where = iteration === until ? '' : ` of iteration ${iteration}`
      const who = found.rank === null ? '' : ` on rank ${found.rank}`
      throw share(
        new NanError(
          `training: ${noticed} at iteration ${until}: ${source}${where}${who} is the first non-finite value, ${found.value} (${advice})`,
          iteration,
          source,
        ),
      )
    }
    await training.step(place, { watch, checks })
  }
  throw share(
    new NanError(
      `training: ${noticed} at iteration ${until}, but not again when repeated from iteration ${start}: backend ${training.model.scope.backend.name} does not compute the same bits twice`,
      until,
      noticed,
    ),
  )
}
