import { type FloatTensor, type Scope, vector } from '@convkit/api'
import { type AnsweredSet, type Answers, Batches, type BatchesState, Random, type RandomState } from '@convkit/data'
import type { Replicas } from '../distributed/replicas.js'
import type { Model } from '../model.js'
import { createOptimizer, type Optimizer } from '../optimizer.js'
import type { RunProgress } from '../schedule.js'
import type { EpochRecord } from './events.js'
import { type Settings, wantsNorm } from './options.js'
import { average } from './stages/average.js'
import { backpropagate } from './stages/backpropagate.js'
import { clip } from './stages/clip.js'
import { norm } from './stages/norm.js'
import { reduce } from './stages/reduce.js'
import type { Place, Stage, Step, StepOptions } from './stages/stage.js'
import { update } from './stages/update.js'
import { checkTensors, type HostTensors, modelTensors, readTensors, writeTensors } from './tensors.js'

/** All that the next steps depend on. */
export interface TrainingState {
  /** Steps taken. */
  readonly iteration: number
  readonly batches: BatchesState
  /** The generator of augmentation and dropout. */
  readonly noise: RandomState
  /** Parameters and buffers. */
  readonly model: HostTensors
  /** The optimizer's slots. */
  readonly optimizer: HostTensors
  /** The average of `model`, of zeros before the first step; empty where none is kept. */
  readonly average: HostTensors
}

/** The sequence of steps, without losses read, accuracies or events: same state, same next bits. */
export class Training {
  readonly model: Model
  readonly optimizer: Optimizer
  readonly batches: Batches<Answers>
  /** Of the last step of this process. */
  learningRate = Number.NaN
  readonly #scope: Scope
  readonly #average: ReadonlyMap<string, FloatTensor>
  readonly #settings: Settings
  readonly #replicas: Replicas | null
  readonly #stages: readonly Stage[]
  #noise: Random

  /** Gradients and optimizer state are allocated in `scope` once; streams of random numbers start from `random`. */
  constructor(
    scope: Scope,
    model: Model,
    data: AnsweredSet,
    settings: Settings,
    random: Random,
    replicas: Replicas | null = null,
  ) {
    const { batchSize, optimizer, clipNorm, averageWeights } = settings
    this.batches = new Batches(data, { batchSize, random: stream(random), ...(replicas && { part: replicas.part }) })
    this.model = model
    this.optimizer = createOptimizer(optimizer, model.params, scope, { lrDecay: settings.lrDecay })
    this.#scope = scope
    this.#average = averageWeights ? zerosLike(scope, modelTensors(model)) : new Map()
    this.#settings = settings
    this.#replicas = replicas
    const grads = model.params.map(({ tensor }) => scope.alloc(tensor.shape, tensor.dtype))
    const buckets = replicas?.buckets(
      grads,
      model.buffers.map(({ tensor }) => tensor),
    )
    const size = this.batches.batchSize
    this.#stages = [
      backpropagate(grads, { model, scope, settings, replicas, batchSize: size }),
      ...(replicas && buckets ? [reduce(replicas, buckets, size)] : []),
      ...(wantsNorm(settings) ? [norm(grads, scope)] : []),
      ...(clipNorm === null ? [] : [clip(grads, clipNorm)]),
      update(grads, model, this.optimizer, (rate) => {
        this.learningRate = rate
      }),
      ...(averageWeights ? [average(modelTensors(model), this.#average, scope, averageWeights)] : []),
    ]
    this.#noise = stream(random)
  }

  /** Steps taken: the optimizer counts them. */
  get iteration(): number {
    return this.optimizer.steps
  }

  /** Epochs completed. */
  get epoch(): number {
    return Math.floor(this.iteration / this.batches.perEpoch)
  }

  /**
   * One step. Only queued calls, unless gradients are clipped or
   * watched or summed over replicas, which `stop` asks to stop after this step. False, and no update, when the norm to
   * clip is not finite.
   */
  async step(place: Place, { checks, ...options }: StepOptions): Promise<boolean> {
    const step = { ...options, ...this.#sample(), ...place, progress: this.progress(checks) }
    for (const stage of this.#stages) if (!(await stage(step))) return false
    this.model.scope.backend.mark?.('step')
    return true
  }

  /** Parameters, buffers, the optimizer's slots and the average. */
  get tensors(): FloatTensor[] {
    return [...modelTensors(this.model).values(), ...this.optimizer.slots.values(), ...this.#average.values()]
  }

  /** Does `work` while the model holds the average, where one is kept. */
  async withAverage<T>(work: () => Promise<T>): Promise<T> {
    if (this.#average.size === 0) return work()
    const model = modelTensors(this.model)
    using scope = this.#scope.child()
    const own = zerosLike(scope, model)
    copyAll(model, own)
    copyAll(this.#average, model)
    try {
      return await work()
    } finally {
      copyAll(own, model)
    }
  }

  /** Steps of all epochs. */
  get steps(): number {
    return this.#settings.epochs * this.batches.perEpoch
  }

  /** Before the next step, with those checks of the run that it has seen. */
  progress(checks: readonly EpochRecord[]): RunProgress {
    const { iteration: step, steps, epoch } = this
    const seen = checks.filter(({ iteration }) => iteration <= step)
    return { step, steps, epoch, epochs: this.#settings.epochs, checks: seen }
  }

  async state(): Promise<TrainingState> {
    const [model, optimizer, mean] = await Promise.all([
      readTensors(modelTensors(this.model)),
      readTensors(this.optimizer.slots),
      readTensors(this.#average),
    ])
    const { iteration, batches } = this
    return { iteration, batches: batches.state, noise: this.#noise.state, model, optimizer, average: mean }
  }

  /** Throws `DataError` for a state that does not fit, before anything is changed. */
  restore({ iteration, batches, noise, model, optimizer, average: mean }: TrainingState): void {
    checkTensors('checkpoint', modelTensors(this.model), model)
    checkTensors('checkpoint', this.optimizer.slots, optimizer)
    checkTensors('checkpoint: its average', this.#average, mean)
    this.batches.restore(batches)
    writeTensors('checkpoint', modelTensors(this.model), model)
    writeTensors('checkpoint', this.optimizer.slots, optimizer)
    writeTensors('checkpoint: its average', this.#average, mean)
    this.optimizer.steps = iteration
    this.#noise = new Random(noise)
  }

  /** The next batch, augmented. */
  #sample(): Pick<Step, 'batch' | 'noise'> {
    const { augment } = this.#settings
    const { images, labels, shape, rows } = this.batches.next()
    const noise = this.#stepNoise()
    const seen = augment ? augment(images, shape, noise, { rows, epoch: this.epoch }) : images
    return { batch: { images: seen, labels, shape, rows }, noise }
  }

  /** Replicas see different rows: each takes the one of so many generators that is its own. */
  #stepNoise(): Random {
    if (!this.#replicas) return this.#noise
    const { index, of } = this.#replicas.part
    const streams = Array.from({ length: of }, () => this.#noise.integer(2 ** 31))
    return new Random(streams[index])
  }
}

/** A generator of its own for each purpose, so that one does not disturb another. */
export function stream(random: Random): Random {
  return new Random(random.integer(2 ** 31))
}

function zerosLike(scope: Scope, tensors: ReadonlyMap<string, FloatTensor>): ReadonlyMap<string, FloatTensor> {
  const zeros = new Map([...tensors].map(([name, { shape, dtype }]) => [name, scope.alloc(shape, dtype)]))
  for (const tensor of zeros.values()) vector.fill(tensor, 0)
  return zeros
}

function copyAll(from: ReadonlyMap<string, FloatTensor>, to: ReadonlyMap<string, FloatTensor>): void {
  for (const [name, tensor] of to) {
    const source = from.get(name)
    if (source) vector.copy(source, tensor)
  }
}
