import type { Dataset } from '@convkit/data'
import { type EpochRecord, type LossRecord, type Model, Solver, type SolverOptions } from '@convkit/nn'
import type { Filters, Notebook } from './section.js'

export interface Trained {
  readonly losses: readonly LossRecord[]
  readonly epochs: readonly EpochRecord[]
  /** The median iteration, checks of accuracy not counted. */
  readonly stepSeconds: number
  /** The first layer as training left it. */
  readonly filters: Filters
}

/** Trains `model`, whose first parameter are its filters, and tells the notebook how far it is. */
export async function train(
  { onProgress, onWarning, seed }: Notebook,
  model: Model,
  data: { readonly train: Dataset; readonly validation: Dataset },
  options: SolverOptions & { readonly batchSize: number },
  from: string,
): Promise<Trained> {
  const initial = (await model.params[0]?.tensor.read()) ?? []
  using solver = new Solver(model, data, { seed, keepBest: false, onWarning, ...options })
  const seconds: number[] = []
  for await (const event of solver.train()) {
    if (event.type === 'loss') seconds.push(options.batchSize / event.imagesPerSecond)
    onProgress(event.iteration, event.iterations)
  }
  const { losses, epochs } = solver.history
  const values = (await model.params[0]?.tensor.read()) ?? []
  const shape = model.params[0]?.tensor.shape ?? []
  const stepSeconds = seconds.sort((a, b) => a - b)[seconds.length >> 1] ?? Number.NaN
  return { losses, epochs, stepSeconds, filters: { from, values, initial, shape } }
}

/** The first `count` images, or all where there are fewer. */
export function first({ images, labels, shape, classNames }: Dataset, count: number): Dataset {
  const [n, channels, height, width] = shape
  const kept = Math.min(count, n)
  return {
    images: images.subarray(0, kept * channels * height * width),
    labels: labels.subarray(0, kept),
    shape: [kept, channels, height, width],
    classNames,
  }
}
