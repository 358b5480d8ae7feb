import { type FloatTensor, type Scope, vector } from '@convkit/api'
import { type AnyDataset, type Batch, Batches, type BatchesState, Random, type RandomState } from '@convkit/data'
import type { Buckets } from '../distributed/buckets.js'
import type { Replicas } from '../distributed/replicas.js'
import type { Model } from '../model.js'
import { createOptimizer, type Optimizer } from '../optimizer.js'
import { floatArray } from '../parameter.js'
import type { Settings } from './options.js'
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
}

/** Sees each value of a step in the order of computation; a watched step waits for every one. */
export type Watch = (source: string, tensor: FloatTensor) => Promise<void>

export interface StepOptions {
  readonly watch?: Watch
  readonly stop?: boolean
}

/** The sequence of steps, without losses read, accuracies or events: same state, same next bits. */
export class Training {
  readonly model: Model
  readonly optimizer: Optimizer
  readonly batches: Batches
  readonly #settings: Settings
  readonly #scope: Scope
  readonly #grads: readonly FloatTensor[]
  readonly #microGrads: readonly FloatTensor[]
  readonly #replicas: Replicas | null
  readonly #buckets: Buckets | null
  #noise: Random

  /** Gradients and optimizer state are allocated in `scope` once; streams of random numbers start from `random`. */
  constructor(
    scope: Scope,
    model: Model,
    data: AnyDataset,
    settings: Settings,
    random: Random,
    replicas: Replicas | null = null,
  ) {
    const { batchSize, optimizer, accumulate } = settings
    const allocate = () => model.params.map(({ tensor }) => scope.alloc(tensor.shape, tensor.dtype))
    this.batches = new Batches(data, { batchSize, random: stream(random), ...(replicas && { part: replicas.part }) })
    this.model = model
    this.optimizer = createOptimizer(optimizer, model.params, scope)
    this.#settings = settings
    this.#scope = scope
    this.#grads = allocate()
    this.#microGrads = accumulate > 1 ? allocate() : []
    this.#replicas = replicas
    const buffers = model.buffers.map(({ tensor }) => tensor)
    this.#buckets = replicas?.buckets(this.#grads, buffers) ?? null
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
   * One step; `loss` (1) is overwritten with the batch's loss. Only queued calls, unless gradients are clipped or
   * watched or summed over replicas, which `stop` asks to stop after this step. False, and no update, when the norm to
   * clip is not finite.
   */
  async step(loss: FloatTensor, { watch, stop = false }: StepOptions = {}): Promise<boolean> {
    const { augment } = this.#settings
    const { images, labels, shape } = this.batches.next()
    const noise = this.#stepNoise()
    const batch = { images: augment ? augment(images, shape, noise) : images, labels, shape }
    await this.#backpropagate(batch, loss, noise, watch)
    for (const [i, { name }] of this.model.params.entries()) {
      const grad = this.#grads[i]
      if (watch && grad) await watch(`the gradient of ${name}`, grad)
    }
    if (this.#replicas) {
      await this.#buckets?.reduce(this.#replicas.share(this.batches.batchSize))
      await this.#replicas.reduceLoss(loss, stop)
    }
    if (!(await this.#clip(watch))) return false
    this.optimizer.step(this.#grads, this.learningRate())
    if (watch) for (const [name, tensor] of modelTensors(this.model)) await watch(`${name} after the update`, tensor)
    this.#scope.backend.mark?.('step')
    return true
  }

  /** Parameters, buffers and the optimizer's slots. */
  get tensors(): FloatTensor[] {
    return [...modelTensors(this.model).values(), ...this.optimizer.slots.values()]
  }

  /** learningRate * lrDecay^epoch, multiplied out: `**` may differ in the last bit from engine to engine. */
  learningRate(): number {
    let rate = this.optimizer.hyperparameters.learningRate
    for (let epoch = 0; epoch < this.epoch; epoch++) rate *= this.#settings.lrDecay
    return rate
  }

  async state(): Promise<TrainingState> {
    const [model, optimizer] = await Promise.all([
      readTensors(modelTensors(this.model)),
      readTensors(this.optimizer.slots),
    ])
    return { iteration: this.iteration, batches: this.batches.state, noise: this.#noise.state, model, optimizer }
  }

  /** Throws `DataError` for a state that does not fit, before anything is changed. */
  restore({ iteration, batches, noise, model, optimizer }: TrainingState): void {
    checkTensors('checkpoint', modelTensors(this.model), model)
    checkTensors('checkpoint', this.optimizer.slots, optimizer)
    this.batches.restore(batches)
    writeTensors('checkpoint', modelTensors(this.model), model)
    writeTensors('checkpoint', this.optimizer.slots, optimizer)
    this.optimizer.steps = iteration
    this.#noise = new Random(noise)
  }

  /** Replicas see different rows: each takes the one of so many generators that is its own. */
  #stepNoise(): Random {
    if (!this.#replicas) return this.#noise
    const { index, of } = this.#replicas.part
    const streams = Array.from({ length: of }, () => this.#noise.integer(2 ** 31))
    return new Random(streams[index] ?? 0)
  }

  /**
   * The batch's mean is the mean of its micro-batches weighted by their rows, and since the weights sum to 1 the
   * penalty, which every micro-batch adds, counts once. Replicas weight the gradient of the scores instead, so that what
   * batch norm sums over them is right.
   */
  async #backpropagate({ images, labels }: Batch, loss: FloatTensor, noise: Random, watch?: Watch): Promise<void> {
    const n = labels.length
    const { batchSize } = this.batches
    const parts = Math.min(this.#settings.accumulate, this.#replicas?.leastRows(batchSize) ?? n)
    const size = images.length / n
    for (let part = 0; part < parts; part++) {
      const [from, to] = [Math.floor((part * n) / parts), Math.floor(((part + 1) * n) / parts)]
      const rows = { images: images.subarray(from * size, to * size), labels: labels.subarray(from, to) }
      const first = part === 0
      const grads = first ? this.#grads : this.#microGrads
      using scope = this.#scope.child()
      const [share, weight] = this.#replicas ? [(to - from) / batchSize, 1] : [1, (to - from) / n]
      const micro = await this.#micro(scope, rows, { grads, share, noise }, watch)
      accumulate(loss, micro, first, weight)
      if (parts === 1) continue
      for (const [i, total] of this.#grads.entries()) accumulate(total, grads[i] ?? total, first, weight)
    }
  }

  async #micro(
    scope: Scope,
    { images, labels }: Pick<Batch, 'images' | 'labels'>,
    { grads, share, noise }: { readonly grads: readonly FloatTensor[]; readonly share: number; readonly noise: Random },
    watch?: Watch,
  ): Promise<FloatTensor> {
    const { model } = this
    const values = floatArray(model.dtype, images)
    const X = scope.from(values, [labels.length, ...model.inputShape])
    const y = scope.labels(labels, model.numClasses)
    const mode = { train: true, random: () => noise.uniform(), onWarning: this.#settings.onWarning }
    if (!watch) return model.loss(scope, X, y, { mode, grads, share }).loss
    const outputs: [string, FloatTensor][] = [['the batch of images', X]]
    const onOutput = (layer: string, output: FloatTensor) => outputs.push([`${layer} output`, output])
    const { loss } = model.loss(scope, X, y, { mode, grads, share, onOutput })
    for (const [source, output] of outputs) await watch(source, output)
    await watch('the loss', loss)
    return loss
  }

  /** grads = grads * clipNorm / norm where norm, over all of them, is larger. */
  async #clip(watch?: Watch): Promise<boolean> {
    const { clipNorm } = this.#settings
    if (clipNorm === null) return true
    using scope = this.#scope.child()
    const [squares, ...others] = this.#grads.map((grad) => vector.sumOfSquares(scope, grad))
    if (!squares) return true
    for (const other of others) vector.addScaled(squares, 1, other)
    await watch?.('the squared norm of the gradients', squares)
    const [sum = Number.NaN] = await squares.read()
    const norm = Math.sqrt(sum)
    if (norm > clipNorm) for (const grad of this.#grads) vector.scale(grad, clipNorm / norm)
    return Number.isFinite(norm)
  }
}

/** total = total + weight * part, or weight * part at first; `part` may be `total` itself then. */
function accumulate(total: FloatTensor, part: FloatTensor, first: boolean, weight: number): void {
  if (first) {
    if (total !== part) vector.copy(part, total)
    if (weight !== 1) vector.scale(total, weight)
  } else vector.addScaled(total, weight, part)
}

/** A generator of its own for each purpose, so that one does not disturb another. */
export function stream(random: Random): Random {
  return new Random(random.integer(2 ** 31))
}
