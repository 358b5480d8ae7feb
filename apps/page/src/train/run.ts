import type { Backend } from '@convkit/api'
import {
  classesOf,
  decodeCheckpoint,
  decodeModel,
  encodeCheckpoint,
  encodeModel,
  type LossRecord,
  type Model,
  type ModelCard,
  Solver,
} from '@convkit/nn'
import { createBackend } from '../createBackend.js'
import { centred, type PixelSet, type Splits, splitsOf } from '../data/pixelSet.js'
import { frameOf, values } from '../data/pixels.js'
import type { TrainConfig } from './config.js'
import type { Mode, TrainEvent } from './events.js'
import { accuracyOf, confusionOf, filtersOf, passageOf, predictionsOf } from './inspect.js'
import { createModel, describe, solverOptions } from './network.js'
import { Pace } from './pace.js'
import { forgetRun, saveRun } from './saved.js'

interface Start {
  readonly config: TrainConfig
  readonly data: PixelSet
  /** Subtracted from the images; null for that of the training images. */
  readonly mean: Float64Array | null
  /** Of a run to go on with. */
  readonly checkpoint?: Uint8Array
  /** Of a model to begin from. */
  readonly weights?: Uint8Array
}

interface Parts {
  readonly backend: Backend
  readonly splits: Splits
  readonly model: Model
  readonly solver: Solver
}

/** Test images whose predictions are shown. */
const shown = 24
/** Milliseconds that a look takes on a slow backend, beyond its first hundred images. */
const patience = 1000

/** A solver at work, and what is shown of it. Looks and saves happen between two steps, and change none. */
export class Run {
  readonly model: Model
  readonly #start: Start
  readonly #emit: (event: TrainEvent) => void
  readonly #backend: Backend
  readonly #splits: Splits
  readonly #solver: Solver
  readonly #pace = new Pace()
  readonly #abort = new AbortController()
  #losses: LossRecord[] = []
  #image: Float32Array
  #mode: Mode | 'stepping' = 'paused'
  #wake = () => {}
  #end: Promise<void> | null = null

  static async open(start: Start, emit: (event: TrainEvent) => void): Promise<Run> {
    const backend = await createBackend(start.config.backend)
    try {
      const { config, data, mean, checkpoint, weights } = start
      const splits = splitsOf(data, mean)
      const model = await createModel(backend, config, splits.train)
      if (weights) decodeModel(weights, model)
      const onWarning = (warning: string) => emit({ type: 'warning', warning })
      const solver = new Solver(model, splits, { ...(await solverOptions(config, splits.train)), onWarning })
      if (checkpoint) solver.restore(await decodeCheckpoint(checkpoint))
      const run = new Run(start, emit, { backend, splits, model, solver })
      run.#tellReady()
      await run.#tell()
      await run.#look()
      return run
    } catch (error) {
      await backend.close?.()
      throw error
    }
  }

  private constructor(start: Start, emit: (event: TrainEvent) => void, { backend, splits, model, solver }: Parts) {
    this.#start = start
    this.#emit = emit
    this.#backend = backend
    this.#splits = splits
    this.model = model
    this.#solver = solver
    this.#image = splits.test.images.subarray(0, values)
  }

  /**
   * What a run of another configuration begins with to go on from here: of the same steps and more of them all that
   * there is, or else the weights.
   */
  async continued(config: TrainConfig): Promise<Start> {
    const { data, mean } = this.#start
    const start = { config, data, mean }
    if (config.recipe.kind !== 'named')
      return { ...start, checkpoint: await encodeCheckpoint(await this.#solver.state()) }
    return { ...start, weights: await encodeModel(this.model) }
  }

  /** Shown as it is, before a step. */
  async showPaused(): Promise<void> {
    await this.#save()
    this.#emit({ type: 'mode', mode: 'paused' })
  }

  play(): void {
    this.#go('playing')
  }

  pause(): void {
    if (this.#mode === 'playing') this.#mode = 'paused'
  }

  /** One step, and the check that may be due after it. */
  step(): void {
    this.#go('stepping')
  }

  /** Shows the way of a test image, or of a picture (3, 32, 32) of 0..255, from here on. */
  async follow(image: number | Uint8Array): Promise<void> {
    this.#image =
      typeof image === 'number'
        ? this.#splits.test.images.subarray(image * values, (image + 1) * values)
        : centred(image, this.#splits.mean)
    // Wherever the run is: a forward pass of its own disturbs nothing.
    this.#emit({ type: 'passage', passage: await passageOf(this.model, this.#image) })
  }

  /** What the model's file says of pictures, classes and layers. */
  get card(): ModelCard {
    const { data } = this.#start
    const meanImage = {
      dtype: 'float32',
      shape: this.model.inputShape,
      data: Float32Array.from(this.#splits.mean),
    } as const
    const { layersText } = this.model
    return { meanImage, classNames: data.classNames, ...(layersText && { layers: layersText }) }
  }

  async close(): Promise<void> {
    this.#abort.abort()
    this.#wake()
    await this.#end
    this.model[Symbol.dispose]()
    await this.#backend.close?.()
  }

  #go(mode: 'playing' | 'stepping'): void {
    if (this.#mode === 'done' || this.#mode === 'failed') return
    this.#mode = mode
    if (mode === 'playing') this.#emit({ type: 'mode', mode })
    this.#wake()
    this.#end ??= this.#train()
  }

  async #train(): Promise<void> {
    const { signal } = this.#abort
    try {
      for await (const event of this.#solver.train({ signal })) {
        if (event.type === 'loss') {
          // As the history of a resumed run has them.
          this.#losses.push(...event.losses.map(({ iteration, loss }) => ({ iteration, loss })))
          this.#pace.count(event.losses.length)
          if (this.#mode === 'stepping') this.#mode = 'paused'
        }
        if (event.type === 'epoch') this.#emit({ type: 'epoch', record: event })
        if (event.type === 'done') break
        if (this.#pace.due('tell', 100)) await this.#tell()
        if (this.#pace.due('look', 3000, 10)) await this.#look()
        if (this.#pace.due('save', 10_000, 20)) await this.#save()
        if (this.#mode === 'paused') await this.#rest()
      }
      if (!signal.aborted) await this.#finish()
    } catch (error) {
      this.#mode = 'failed'
      this.#emit({ type: 'mode', mode: 'failed', message: error instanceof Error ? error.message : String(error) })
    }
  }

  async #rest(): Promise<void> {
    await this.#tell()
    await this.#look()
    await this.#save()
    // It may have been woken meanwhile.
    if (this.#mode !== 'paused' || this.#abort.signal.aborted) return
    this.#emit({ type: 'mode', mode: 'paused' })
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#pace.restart()
  }

  async #finish(): Promise<void> {
    await this.#tell()
    await this.#look()
    const { test } = this.#splits
    const accuracy = accuracyOf(await predictionsOf(this.model, test))
    this.#emit({ type: 'tested', accuracy, images: test.labels.length })
    await forgetRun()
    this.#mode = 'done'
    this.#emit({ type: 'mode', mode: 'done' })
  }

  #tellReady(): void {
    const { config, data } = this.#start
    const first = data.counts.train + data.counts.validation
    const pictures = Array.from({ length: Math.min(shown, data.counts.test) }, (_, i) =>
      frameOf(data.pixels.subarray((first + i) * values, (first + i + 1) * values)),
    )
    const { title, counts, classNames } = data
    this.#emit({
      type: 'ready',
      run: {
        config,
        backend: `${this.#backend.name}: ${this.#backend.description}`,
        data: title,
        counts,
        classNames,
        table: describe(this.model),
        chance: this.model.chance ?? null,
        iterations: this.#solver.iterations,
        pictures,
        ...this.#solver.history,
      },
    })
  }

  /** What changes with every step. */
  async #tell(): Promise<void> {
    const { iteration, iterations } = this.#solver
    const epochs = this.#start.config.epochs
    const epoch = Math.floor((iteration * epochs) / iterations)
    const stepsPerSecond = this.#pace.rate
    this.#emit({
      type: 'progress',
      progress: { iteration, iterations, epoch, epochs, stepsPerSecond },
      losses: this.#losses,
    })
    this.#losses = []
    this.#emit({ type: 'filters', grid: await filtersOf(this.model) })
    this.#emit({ type: 'passage', passage: await passageOf(this.model, this.#image) })
  }

  /** What takes a look at many images. */
  async #look(): Promise<void> {
    const { validation, test } = this.#splits
    const [own, others] = await this.#pace.time('look', async () => [
      await predictionsOf(this.model, firstOf(test, shown)),
      await predictionsOf(this.model, validation, patience),
    ])
    this.#emit({
      type: 'evaluation',
      evaluation: {
        iteration: this.#solver.iteration,
        accuracy: accuracyOf(others ?? []),
        images: others?.length ?? 0,
        confusion: confusionOf(others ?? [], classesOf(this.model)),
        shown: own ?? [],
      },
    })
  }

  async #save(): Promise<void> {
    const { config, mean } = this.#start
    const { iteration, iterations } = this.#solver
    await this.#pace.time('save', async () => {
      const checkpoint = await encodeCheckpoint(await this.#solver.state())
      await saveRun({ config, mean, iteration, iterations, at: Date.now(), checkpoint })
    })
    this.#emit({ type: 'saved', iteration })
  }
}

function firstOf({ images, labels, shape: [, ...image], classNames }: Splits['test'], count: number): Splits['test'] {
  const n = Math.min(count, labels.length)
  return { images: images.subarray(0, n * values), labels: labels.subarray(0, n), shape: [n, ...image], classNames }
}
