import { ConfigError, checkOptions, checkSwitches, type OptionNames } from '@convkit/api'
import { type Augment, checkSeed } from '@convkit/data'
import { checkCounts } from '../check.js'
import type { Communicator } from '../communicator.js'
import { checkMonitor, type Monitor } from '../monitor.js'
import type { OptimizerConfig } from '../optimizer.js'
import type { SolverEvent } from './events.js'
import { type OnWarning, once, warnOnConsole } from './warnings.js'

/** Of one image: its class scores, and its label. */
export type Metric = (scores: Float32Array | Float64Array, label: number) => number

export type Metrics = { readonly [name: string]: Metric }

export interface WeightAverage {
  /** The share of the average that is kept when weights are added to it; at least 0 and below 1. */
  readonly decay: number
  /** Steps from one addition to the next; default 1. */
  readonly every?: number
}

export interface SolverOptions {
  /** Passes over the training set; default 10. */
  readonly epochs?: number
  /** Rows in a step; default 100. A smaller training set is one batch. */
  readonly batchSize?: number
  /** With the learning rate among its hyperparameters; default `sgd`. */
  readonly optimizer?: OptimizerConfig
  /** What the learning rate is multiplied by after each epoch; default 1. */
  readonly lrDecay?: number
  /** Same seed, same batches, augmentation, dropout masks and samples, on every backend; default 0. */
  readonly seed?: number
  /** Rows of the training set, drawn anew at each check, that its accuracy is measured on; null means all; default 1000. */
  readonly trainSamples?: number | null
  /** The same for the validation set; default null. */
  readonly validationSamples?: number | null
  /** What tells the best check; default `validationAccuracy`. */
  readonly monitor?: Monitor
  /** Ends the run after so many epochs without a better check, of a validation set; default null: never. */
  readonly patience?: number | null
  /**
   * Leaves the model with the parameters and buffers of the best check, however the loop is left; default true. They are
   * kept on the host. A state is that of the last step all the same, and the next `train` goes on from there.
   */
  readonly keepBest?: boolean
  /**
   * Keeps an average of the parameters and buffers, batch norm's running statistics included: the plain mean of the first
   * ones, exponential from 1 / (1 - decay) on. It is what checks measure and what the model is left with in the place of
   * the last step's; steps do not see it. Default null: no average.
   */
  readonly averageWeights?: WeightAverage | null
  /**
   * Scales all gradients of a step by one factor so that their common Euclidean norm is at most this; default null: no
   * clipping. The norm must be read, so every step waits for the backend.
   */
  readonly clipNorm?: number | null
  /**
   * Splits each batch into this many micro-batches and adds up their gradients: memory for less, the same step up to
   * rounding, except that batch norm takes its statistics from each micro-batch. Default 1.
   */
  readonly accumulate?: number
  /**
   * Tells the norm of each step's gradients in loss events, read with the losses; default false. With `clipNorm` it is told
   * anyway.
   */
  readonly gradientNorm?: boolean
  /** Numbers of one's own, each averaged over the validation rows of a check; default none. */
  readonly metrics?: Metrics
  /** Changes the training images of each batch at random; default null. */
  readonly augment?: Augment | null
  /** Steps whose losses stay on the device and are read together; default 1. */
  readonly lossEvery?: number
  /** The least number of steps between the snapshots that the NaN alarm replays from; default 100. */
  readonly snapshotEvery?: number
  /**
   * Trains data-parallel: every rank makes the same solver with the same data and calls it alike, and takes its part of
   * each batch. Default null: one process.
   */
  readonly communicator?: Communicator | null
  /**
   * Gets what the results do not show, a line each and each once: a first loss far above that of equal scores, a norm over
   * one value, rows that epochs leave out, a batch larger than the set, classes that a set lacks, blank images. Changes
   * nothing that is computed. Default `console.warn`; of several ranks the first alone tells.
   */
  readonly onWarning?: OnWarning
}

export interface TrainOptions {
  /** Stops between two steps, or inside a check, which is then repeated by the next `train`. */
  readonly signal?: AbortSignal
  /** Steps between `checkpoint` events; default none. */
  readonly checkpointEvery?: number
}

export interface RunOptions extends TrainOptions {
  /** Training goes on when what it returns is done. */
  readonly onEvent?: (event: SolverEvent) => void | Promise<void>
}

export interface Settings extends Required<SolverOptions> {
  readonly averageWeights: Required<WeightAverage> | null
}

const owner = 'solver'

const solverOptions: OptionNames<SolverOptions> = {
  epochs: true,
  batchSize: true,
  optimizer: true,
  lrDecay: true,
  seed: true,
  trainSamples: true,
  validationSamples: true,
  monitor: true,
  patience: true,
  keepBest: true,
  averageWeights: true,
  clipNorm: true,
  accumulate: true,
  gradientNorm: true,
  metrics: true,
  augment: true,
  lossEvery: true,
  snapshotEvery: true,
  communicator: true,
  onWarning: true,
}
const averageOptions: OptionNames<WeightAverage> = { decay: true, every: true }
const trainOptions: OptionNames<TrainOptions> = { signal: true, checkpointEvery: true }
const runOptions: OptionNames<RunOptions> = { ...trainOptions, onEvent: true }

export function checkTrainOptions(options: TrainOptions): TrainOptions {
  const given = checkOptions('solver.train', options, trainOptions)
  if (given.checkpointEvery !== undefined) checkCounts(owner, { checkpointEvery: given.checkpointEvery })
  return given
}

export function checkRunOptions(options: RunOptions): RunOptions {
  return checkOptions('solver.run', options, runOptions)
}

/** Fills in the defaults. Throws `ConfigError` for an unknown name or a value out of range. */
export function resolveOptions(options: SolverOptions): Settings {
  const { averageWeights = null, ...given } = checkOptions(owner, options, solverOptions)
  const settings: Settings = {
    epochs: 10,
    batchSize: 100,
    optimizer: 'sgd',
    lrDecay: 1,
    seed: 0,
    trainSamples: 1000,
    validationSamples: null,
    monitor: 'validationAccuracy',
    patience: null,
    keepBest: true,
    clipNorm: null,
    accumulate: 1,
    gradientNorm: false,
    metrics: {},
    augment: null,
    lossEvery: 1,
    snapshotEvery: 100,
    communicator: null,
    onWarning: warnOnConsole,
    ...given,
    averageWeights: averageWeights && resolveAverage(averageWeights),
  }
  const { epochs, batchSize, accumulate, lossEvery, snapshotEvery, trainSamples, validationSamples } = settings
  checkCounts(owner, { epochs, batchSize, accumulate, lossEvery, snapshotEvery })
  checkCounts(owner, { trainSamples: trainSamples ?? 1, validationSamples: validationSamples ?? 1 })
  checkCounts(owner, { patience: settings.patience ?? 1 })
  checkMonitor(owner, settings.monitor)
  checkPositive('lrDecay', settings.lrDecay)
  checkPositive('clipNorm', settings.clipNorm ?? 1)
  checkSeed(owner, settings.seed)
  checkSwitches(owner, { keepBest: settings.keepBest, gradientNorm: settings.gradientNorm })
  for (const [name, metric] of Object.entries(settings.metrics))
    if (typeof metric !== 'function')
      throw new ConfigError(
        `${owner}: the metric ${name} must be a function of scores and label, got ${String(metric)}`,
      )
  if (settings.augment !== null && typeof settings.augment !== 'function')
    throw new ConfigError(
      `${owner}: augment must be a function, such as randomFlip or randomCrop({ pad: 4 }), or null, got ${String(settings.augment)}`,
    )
  if (accumulate > batchSize)
    throw new ConfigError(`${owner}: a batch of ${batchSize} cannot be split into ${accumulate} micro-batches`)
  if (typeof settings.onWarning !== 'function')
    throw new ConfigError(`${owner}: onWarning must be a function, got ${String(settings.onWarning)}`)
  const first = (settings.communicator?.rank ?? 0) === 0
  return { ...settings, onWarning: once(first ? settings.onWarning : () => undefined) }
}

function resolveAverage(options: WeightAverage): Required<WeightAverage> {
  const { decay, every = 1 } = checkOptions(`${owner}: averageWeights`, options, averageOptions)
  if (!(decay >= 0 && decay < 1))
    throw new ConfigError(`${owner}: decay of averageWeights must be at least 0 and below 1, got ${decay}`)
  checkCounts(owner, { 'every of averageWeights': every })
  return { decay, every }
}

/** Whether a step computes the norm of its gradients. */
export function wantsNorm({ gradientNorm, clipNorm }: Settings): boolean {
  return gradientNorm || clipNorm !== null
}

function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new ConfigError(`${owner}: ${name} must be a finite number above 0, got ${value}`)
}
