import { ConfigError, type FloatTensor, type Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import { share } from '../distributed/agree.js'
import type { Communication } from '../distributed/metered.js'
import { Replicas } from '../distributed/replicas.js'
import type { Model } from '../model.js'
import { accuracies } from './accuracy.js'
import { type CheckedData, checkData, type SolverData } from './data.js'
import type { DoneEvent, EpochEvent, EpochRecord, History, LossEvent, SolverEvent } from './events.js'
import { checkFingerprint, type Fingerprint, fingerprint } from './fingerprint.js'
import { NanError, replay } from './nanAlarm.js'
import {
  checkRunOptions,
  checkTrainOptions,
  type RunOptions,
  resolveOptions,
  type Settings,
  type SolverOptions,
  type TrainOptions,
} from './options.js'
import { createPause } from './pause.js'
import type { Best, SolverState } from './state.js'
import { checkTensors, firstNonFinite, modelTensors, readTensors, writeTensors } from './tensors.js'
import { stream, Training } from './training.js'
import { batchWarnings, dataWarnings, firstLossWarnings } from './warnings.js'

/**
 * Trains a model as the course's Solver does: max(floor(N / batchSize), 1) iterations an epoch in a new order every
 * time, accuracies after the first iteration and every epoch. The same seed and backend give the same bits.
 *
 * With a communicator every rank calls its solver alike, and all of them stand at the same state: losses and accuracies
 * are those of whole batches and sets, batch norm's running statistics the means over ranks. The order of the rows does
 * not depend on the number of ranks; augmentation and dropout draw other numbers for each.
 *
 * Gradients, optimizer state and losses live in a scope of the solver's own, within the model's, until disposed.
 */
export class Solver implements Disposable {
  readonly model: Model
  /** Of the whole run. */
  readonly iterations: number
  readonly #data: CheckedData
  readonly #settings: Settings
  readonly #scope: Scope
  readonly #training: Training
  readonly #replicas: Replicas | null
  readonly #fingerprint: Fingerprint
  /** Losses not read yet, the first `#pending` of them. */
  readonly #deviceLosses: readonly FloatTensor[]
  #since = 0
  #sample: Random
  #losses: number[] = []
  #epochs: EpochRecord[] = []
  #best: Best | null = null
  #snapshot: SolverState | null = null
  #finished = false
  #busy = false

  /** Throws `ConfigError` for options out of range or unknown, `DataError` for a set that the model cannot take. */
  constructor(model: Model, data: SolverData, options: SolverOptions = {}) {
    this.#settings = resolveOptions(options)
    const checked = checkData(model, data)
    const random = new Random(this.#settings.seed)
    this.model = model
    this.#data = checked
    this.#scope = model.scope.child()
    this.#replicas = Replicas.of(this.#settings.communicator)
    try {
      this.#training = new Training(this.#scope, model, checked.train, this.#settings, random, this.#replicas)
      this.#deviceLosses = Array.from({ length: this.#settings.lossEvery }, () => this.#scope.alloc([1], model.dtype))
      // Reads the whole of both sets, and may find there what a streamed one must not hold.
      this.#fingerprint = fingerprint(model, checked, this.#settings, this.#training.optimizer)
    } catch (error) {
      this.#scope[Symbol.dispose]()
      throw error
    }
    this.#sample = stream(random)
    this.iterations = this.#settings.epochs * this.#training.batches.perEpoch
  }

  /** Steps taken. */
  get iteration(): number {
    return this.#training.iteration
  }

  get history(): History {
    const losses = this.#losses.map((loss, i) => ({ iteration: i + 1, loss }))
    return { losses, epochs: [...this.#epochs] }
  }

  /**
   * Trains from where the solver stands to the last iteration, and yields what happens. Leaving the loop early, like
   * the signal, leaves a solver that can be saved or trained on. Throws `NanError` when values overflow.
   */
  async *train(options: TrainOptions = {}): AsyncGenerator<SolverEvent, void, undefined> {
    this.#mustBeIdle('train')
    const given = checkTrainOptions(options)
    try {
      this.#busy = true
      for await (const event of this.#events(given)) {
        this.#busy = false
        yield event
        this.#busy = true
      }
    } finally {
      this.#busy = false
    }
  }

  /** `train` to its end. The history is that of the whole run, not of this call alone. */
  async run(runOptions: RunOptions = {}): Promise<History> {
    const { onEvent, ...options } = checkRunOptions(runOptions)
    for await (const event of this.train(options)) await onEvent?.(event)
    return this.history
  }

  /**
   * Everything a new solver, with any number of ranks, needs to go on from here, on the same number bit for bit. Every
   * rank has to ask for it. For the moments between two events: throws
   * `ConfigError` while a step runs, and `NanError` rather than return parameters that are not finite.
   */
  async state(): Promise<SolverState> {
    this.#mustBeIdle('state')
    try {
      this.#busy = true
      return await this.#state()
    } finally {
      this.#busy = false
    }
  }

  /** Goes on from a saved state. Throws a `ConfigError` that names the differences when it is of another run. */
  restore(state: SolverState): void {
    this.#mustBeIdle('restore')
    checkFingerprint(state.fingerprint, this.#fingerprint, 'checkpoint: of another run')
    if (state.training.iteration > this.iterations)
      throw new ConfigError(
        `checkpoint: taken at iteration ${state.training.iteration}, but this run ends at ${this.iterations}`,
      )
    // What is swapped in after the last epoch must not turn out then not to fit.
    if (state.best?.model) checkTensors('checkpoint: its best', modelTensors(this.model), state.best.model)
    this.#load(state)
  }

  [Symbol.dispose](): void {
    this.#scope[Symbol.dispose]()
  }

  #mustBeIdle(call: string): void {
    if (this.#busy) throw new ConfigError(`solver: ${call} was called while a step runs; call it between two events`)
  }

  /** What is due follows from the state alone, so it does not matter where an earlier loop was left. */
  async *#events({ signal, checkpointEvery }: TrainOptions): AsyncGenerator<SolverEvent, void, undefined> {
    const pause = createPause()
    const [first, cost] = [this.iteration, this.#replicas?.communicator.cost()]
    const own = { ...this.#fingerprint, iteration: first }
    await this.#replicas?.begin(own, this.#training.tensors, signal?.aborted ?? false)
    this.#warnOfData()
    const stopped = () => this.#replicas?.stopped ?? signal?.aborted ?? false
    this.#snapshot = await this.#state()
    for (;;) {
      await pause()
      const { iteration } = this
      const last = iteration === this.iterations
      const checkpoint = checkpointEvery !== undefined && iteration > first && iteration % checkpointEvery === 0
      const full = this.#pending === this.#settings.lossEvery
      if (this.#pending > 0 && (full || last || checkpoint || this.#checkDue || stopped()))
        yield await this.#readLosses()
      if (this.#checkDue) {
        const event = await this.#check(signal)
        if (!event) break
        yield event
      }
      if (checkpoint) yield { type: 'checkpoint', ...this.#progress() }
      if (last || stopped()) break
      if (this.#pending === 0) {
        if (iteration - this.#snapshot.training.iteration >= this.#settings.snapshotEvery)
          this.#snapshot = await this.#state()
        this.#since = performance.now()
      }
      const loss = this.#deviceLosses[this.#pending]
      if (loss && !(await this.#training.step(loss, { stop: signal?.aborted ?? false })))
        await this.#alarm('the norm of the gradients stopped being finite', iteration + 1)
    }
    yield await this.#finish(cost?.() ?? null)
  }

  get #pending(): number {
    return this.iteration - this.#losses.length
  }

  get #checkDue(): boolean {
    const due = this.iteration === 1 || (this.iteration > 0 && this.iteration % this.#training.batches.perEpoch === 0)
    return due && this.#epochs.at(-1)?.iteration !== this.iteration
  }

  #progress() {
    const { iteration, iterations } = this
    return { iteration, iterations, epoch: this.#training.epoch, epochs: this.#settings.epochs }
  }

  async #readLosses(): Promise<LossEvent> {
    const count = this.#pending
    const read = await Promise.all(this.#deviceLosses.slice(0, count).map((loss) => loss.read()))
    const values = read.map(([loss = Number.NaN]) => loss)
    const bad = values.findIndex((loss) => !Number.isFinite(loss))
    if (bad !== -1) await this.#alarm(`loss became ${values[bad]}`, this.#losses.length + bad + 1)
    this.#warnOfFirst(values[0])
    const losses = values.map((loss, i) => ({ iteration: this.#losses.length + i + 1, loss }))
    this.#losses.push(...values)
    const images = count * this.#training.batches.batchSize
    const imagesPerSecond = (1000 * images) / (performance.now() - this.#since)
    return { type: 'loss', ...this.#progress(), losses, imagesPerSecond }
  }

  #warnOfData(): void {
    const { onWarning, batchSize } = this.#settings
    for (const warning of dataWarnings(this.model, this.#data)) onWarning(warning)
    for (const warning of batchWarnings(this.#data.train, batchSize, this.#training.batches)) onWarning(warning)
  }

  #warnOfFirst(loss: number | undefined): void {
    const start = this.#snapshot?.training
    if (this.#losses.length > 0 || start?.iteration !== 0 || loss === undefined) return
    for (const warning of firstLossWarnings(this.model, loss, start.model)) this.#settings.onWarning(warning)
  }

  /** Null when the signal stopped it; nothing has changed then. */
  async #check(signal: AbortSignal | undefined): Promise<EpochEvent | null> {
    // Hosts that round differently, with and without fused multiply-add, must not drift apart.
    await this.#replicas?.broadcast(this.#training.tensors)
    const sample = new Random(this.#sample.state)
    const measured = await accuracies(
      this.model,
      this.#data,
      this.#settings,
      sample,
      signal,
      this.#replicas?.communicator ?? null,
    )
    if (!measured) return null
    this.#sample = sample
    const record = { epoch: this.#training.epoch, iteration: this.iteration, ...measured }
    const best = record.validationAccuracy > (this.#best?.record.validationAccuracy ?? -1)
    if (best)
      this.#best = { record, model: this.#settings.keepBest ? await readTensors(modelTensors(this.model)) : null }
    this.#epochs.push(record)
    return { type: 'epoch', ...this.#progress(), ...record, best }
  }

  async #finish(communication: Communication | null): Promise<DoneEvent> {
    const aborted = this.iteration < this.iterations || this.#checkDue
    if (!aborted && !this.#finished) {
      this.#snapshot = await this.#state()
      this.#finished = true
      if (this.#best?.model) writeTensors('best', modelTensors(this.model), this.#best.model)
    }
    return {
      type: 'done',
      ...this.#progress(),
      aborted,
      history: this.history,
      best: this.#best?.record ?? null,
      ...(communication && { communication }),
    }
  }

  async #state(): Promise<SolverState> {
    // Once the best parameters are swapped in, the run's own last state is the snapshot.
    if (this.#finished && this.#snapshot) return this.#snapshot
    const state = {
      fingerprint: this.#fingerprint,
      training: await this.#training.state(),
      sample: this.#sample.state,
      losses: [...this.#losses],
      epochs: [...this.#epochs],
      best: this.#best,
    }
    const bad = firstNonFinite(state.training.model)
    const found = this.#replicas ? await this.#replicas.findBad(bad?.value ?? null) : bad
    if (found) await this.#alarm(`${bad?.name ?? 'a parameter'} became ${found.value}`, this.iteration)
    return state
  }

  #load(state: SolverState): void {
    this.#training.restore(state.training)
    this.#sample = new Random(state.sample)
    this.#losses = [...state.losses]
    this.#epochs = [...state.epochs]
    this.#best = state.best
    this.#snapshot = state
    this.#finished = false
  }

  async #alarm(noticed: string, iteration: number): Promise<never> {
    const [loss] = this.#deviceLosses
    if (!this.#snapshot || !loss) throw share(new NanError(`training: ${noticed} before the first step`, 0, noticed))
    this.#load(this.#snapshot)
    try {
      return await replay(this.#training, loss, iteration, noticed, this.#replicas)
    } finally {
      this.#load(this.#snapshot)
    }
  }
}
