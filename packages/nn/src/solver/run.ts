import { ConfigError, type Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import { share } from '../distributed/agree.js'
import { Replicas } from '../distributed/replicas.js'
import type { Model } from '../model.js'
import { Checks } from './checks.js'
import { type CheckedData, checkData, type SolverData } from './data.js'
import type { History, LossEvent } from './events.js'
import { type Fingerprint, fingerprint } from './fingerprint.js'
import { Losses } from './losses.js'
import { NanError, replay } from './nanAlarm.js'
import type { Settings } from './options.js'
import { modelOf, type SolverState } from './state.js'
import { firstNonFinite, modelTensors, writeTensors } from './tensors.js'
import { stream, Training } from './training.js'
import { firstLossWarnings, startWarnings } from './warnings.js'

/** A run between two steps: its training, losses and checks, which a state holds, and a snapshot of that. */
export class Run implements Disposable {
  readonly model: Model
  readonly settings: Settings
  readonly replicas: Replicas | null
  readonly training: Training
  readonly losses: Losses
  readonly checks: Checks
  readonly fingerprint: Fingerprint
  /** Steps of all epochs. */
  readonly iterations: number
  readonly #data: CheckedData
  readonly #scope: Scope
  #snapshot: SolverState | null = null
  /** The run's own state while the model holds the best or averaged parameters. */
  #aside: SolverState | null = null

  constructor(model: Model, data: SolverData, settings: Settings) {
    const checked = checkData(model, data)
    if (model.targetShape && Object.keys(settings.metrics).length > 0)
      throw new ConfigError(`solver: metrics look at class scores and labels; ${model.name} has none`)
    if (!checked.validation && settings.patience !== null)
      throw new ConfigError('solver: patience goes by the checks of a validation set, and there is none')
    const random = new Random(settings.seed)
    const replicas = Replicas.of(settings.communicator)
    this.model = model
    this.settings = settings
    this.replicas = replicas
    this.#data = checked
    this.#scope = model.scope.child()
    try {
      this.training = new Training(this.#scope, model, checked.train, settings, random, replicas)
      this.losses = new Losses(this.#scope, model, settings)
      // Reads the whole of both sets, and may find there what a streamed one must not hold.
      this.fingerprint = fingerprint(model, checked, settings, this.training.optimizer)
    } catch (error) {
      this.#scope[Symbol.dispose]()
      throw error
    }
    this.checks = new Checks({ model, data: checked, settings, training: this.training, replicas }, stream(random))
    this.iterations = this.training.steps
  }

  /** Steps taken. */
  get iteration(): number {
    return this.training.iteration
  }

  get progress() {
    const { iteration, iterations } = this
    return { iteration, iterations, epoch: this.training.epoch, epochs: this.settings.epochs }
  }

  get history(): History {
    const losses = this.losses.values.map((loss, i) => ({ iteration: i + 1, loss }))
    return { losses, epochs: [...this.checks.records] }
  }

  /** Makes the ranks' runs one, and takes the snapshot that the alarm repeats steps from. */
  async begin(stop: boolean): Promise<void> {
    if (this.#aside) this.load(this.#aside)
    const own = { ...this.fingerprint, iteration: this.iteration }
    await this.replicas?.begin(own, this.training.tensors, stop)
    const { model, settings, training } = this
    for (const warning of startWarnings(model, this.#data, settings.batchSize, training.batches))
      settings.onWarning(warning)
    this.#snapshot = await this.state()
  }

  async step(stop: boolean): Promise<void> {
    const { iteration, losses } = this
    const since = iteration - (this.#snapshot?.training.iteration ?? 0)
    if (losses.pending(iteration) === 0 && since >= this.settings.snapshotEvery) this.#snapshot = await this.state()
    const options = { stop, checks: this.checks.records }
    const place = losses.next(iteration)
    if (!(await this.training.step(place, options)))
      await this.#alarm('the norm of the gradients stopped being finite', iteration + 1)
    place.learningRate = this.training.learningRate
  }

  async readLosses(): Promise<LossEvent> {
    const { steps, seconds } = await this.losses.read(this.iteration)
    const bad = steps.find(({ loss }) => !Number.isFinite(loss))
    if (bad) await this.#alarm(`loss became ${bad.loss}`, bad.iteration)
    this.#warnOfFirst(steps[0]?.loss)
    this.losses.values.push(...steps.map(({ loss }) => loss))
    const imagesPerSecond = (steps.length * this.training.batches.batchSize) / seconds
    return { type: 'loss', ...this.progress, losses: steps, imagesPerSecond }
  }

  /** Gives the model the best or averaged parameters, for as long as no step is taken. Makes no collective call. */
  async leave(): Promise<void> {
    const { best } = this.checks
    const differs = this.settings.averageWeights !== null || (best?.model && best.record.iteration !== this.iteration)
    if (this.#aside || !differs) return
    this.#aside = await this.#own()
    writeTensors('best', modelTensors(this.model), modelOf(this.#aside))
  }

  async state(): Promise<SolverState> {
    const state = this.#aside ?? (await this.#own())
    const bad = firstNonFinite(state.training.model)
    const found = this.replicas ? await this.replicas.findBad(bad?.value ?? null) : bad
    if (found) await this.#alarm(`${bad?.name ?? 'a parameter'} became ${found.value}`, this.iteration)
    return state
  }

  load(state: SolverState): void {
    this.training.restore(state.training)
    this.losses.values = [...state.losses]
    this.checks.restore(state)
    this.#snapshot = state
    this.#aside = null
  }

  [Symbol.dispose](): void {
    this.#scope[Symbol.dispose]()
  }

  async #own(): Promise<SolverState> {
    const { fingerprint, training, losses, checks } = this
    return { fingerprint, training: await training.state(), losses: [...losses.values], ...checks.state }
  }

  #warnOfFirst(loss: number | undefined): void {
    const start = this.#snapshot?.training
    if (this.losses.values.length > 0 || start?.iteration !== 0 || loss === undefined) return
    for (const warning of firstLossWarnings(this.model, loss, start.model)) this.settings.onWarning(warning)
  }

  async #alarm(noticed: string, iteration: number): Promise<never> {
    if (!this.#snapshot) throw share(new NanError(`training: ${noticed} before the first step`, 0, noticed))
    const checks = this.checks.records
    this.load(this.#snapshot)
    try {
      const place = this.losses.next(this.iteration)
      return await replay(this.training, place, iteration, noticed, { replicas: this.replicas, checks })
    } finally {
      this.load(this.#snapshot)
    }
  }
}
