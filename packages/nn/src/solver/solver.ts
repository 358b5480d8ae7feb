import { ConfigError } from '@convkit/api'
import type { Communication } from '../distributed/metered.js'
import type { Model } from '../model.js'
import type { SolverData } from './data.js'
import type { DoneEvent, History, SolverEvent } from './events.js'
import { checkFingerprint } from './fingerprint.js'
import {
  checkRunOptions,
  checkTrainOptions,
  type RunOptions,
  resolveOptions,
  type SolverOptions,
  type TrainOptions,
} from './options.js'
import { createPause } from './pause.js'
import { Run } from './run.js'
import type { SolverState } from './state.js'
import { checkTensors, modelTensors } from './tensors.js'

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
  readonly #run: Run
  #busy = false

  /** Throws `ConfigError` for options out of range or unknown, `DataError` for a set that the model cannot take. */
  constructor(model: Model, data: SolverData, options: SolverOptions = {}) {
    this.#run = new Run(model, data, resolveOptions(options))
    this.model = model
    this.iterations = this.#run.iterations
  }

  /** Steps taken. */
  get iteration(): number {
    return this.#run.iteration
  }

  get history(): History {
    return this.#run.history
  }

  /**
   * Trains from where the solver stands to the last iteration, or out of patience, and yields what happens. Leaving the loop
   * early, like the signal, leaves a solver that can be saved or trained on, and with `keepBest` the best model so far. Throws `NanError` when values overflow.
   */
  async *train(options: TrainOptions = {}): AsyncGenerator<SolverEvent, void, undefined> {
    this.#mustBeIdle('train')
    const given = checkTrainOptions(options)
    let told = false
    try {
      this.#busy = true
      for await (const event of this.#events(given)) {
        told = true
        this.#busy = false
        yield event
        this.#busy = true
        told = false
      }
    } finally {
      this.#busy = true
      // Between two events the loop was left; anything else is an error, and the solver stands where that left it.
      if (told) await this.#run.leave()
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
      return await this.#run.state()
    } finally {
      this.#busy = false
    }
  }

  /** Goes on from a saved state. Throws a `ConfigError` that names the differences when it is of another run. */
  restore(state: SolverState): void {
    this.#mustBeIdle('restore')
    checkFingerprint(state.fingerprint, this.#run.fingerprint, 'checkpoint: of another run')
    if (state.training.iteration > this.iterations)
      throw new ConfigError(
        `checkpoint: taken at iteration ${state.training.iteration}, but this run ends at ${this.iterations}`,
      )
    // What is swapped in after the last epoch must not turn out then not to fit.
    if (state.best?.model) checkTensors('checkpoint: its best', modelTensors(this.model), state.best.model)
    this.#run.load(state)
  }

  [Symbol.dispose](): void {
    this.#run[Symbol.dispose]()
  }

  #mustBeIdle(call: string): void {
    if (this.#busy) throw new ConfigError(`solver: ${call} was called while a step runs; call it between two events`)
  }

  /** What is due follows from the state alone, so it does not matter where an earlier loop was left. */
  async *#events({ signal, checkpointEvery }: TrainOptions): AsyncGenerator<SolverEvent, void, undefined> {
    const run = this.#run
    const { replicas, losses, checks, settings } = run
    const pause = createPause()
    const [first, cost] = [run.iteration, replicas?.communicator.cost()]
    await run.begin(signal?.aborted ?? false)
    const stopped = () => replicas?.stopped ?? signal?.aborted ?? false
    for (;;) {
      await pause()
      const { iteration } = run
      const last = iteration === run.iterations
      const checkpoint = checkpointEvery !== undefined && iteration > first && iteration % checkpointEvery === 0
      const waiting = losses.pending(iteration)
      if (waiting > 0 && (waiting === settings.lossEvery || last || checkpoint || checks.isDue || stopped()))
        yield await run.readLosses()
      if (checks.isDue) {
        const check = await checks.run(signal)
        if (!check) break
        yield { type: 'epoch', ...run.progress, ...check.record, best: check.best }
      }
      if (checkpoint) yield { type: 'checkpoint', ...run.progress }
      if (last || checks.outOfPatience || stopped()) break
      await run.step(signal?.aborted ?? false)
    }
    yield await this.#finish(cost?.() ?? null)
  }

  async #finish(communication: Communication | null): Promise<DoneEvent> {
    const run = this.#run
    const unfinished = run.iteration < run.iterations || run.checks.isDue
    const early = unfinished && run.checks.outOfPatience
    await run.leave()
    return {
      type: 'done',
      ...run.progress,
      aborted: unfinished && !early,
      early,
      history: run.history,
      best: run.checks.best?.record ?? null,
      ...(communication && { communication }),
    }
  }
}
