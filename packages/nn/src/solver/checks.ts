import { Random } from '@convkit/data'
import type { Replicas } from '../distributed/replicas.js'
import type { Model } from '../model.js'
import { isBetter } from '../monitor.js'
import type { CheckedData } from './data.js'
import type { EpochRecord } from './events.js'
import { measure } from './measure.js'
import type { Settings } from './options.js'
import type { Best, SolverState } from './state.js'
import { modelTensors, readTensors } from './tensors.js'
import type { Training } from './training.js'

interface Parts {
  readonly model: Model
  readonly data: CheckedData
  readonly settings: Settings
  readonly training: Training
  readonly replicas: Replicas | null
}

/** The checks of a run, and the best of them. */
export class Checks {
  readonly #own: Parts
  records: EpochRecord[] = []
  best: Best | null = null
  #sample: Random

  /** The rows are drawn from `sample`. */
  constructor(own: Parts, sample: Random) {
    this.#own = own
    this.#sample = sample
  }

  /** After the first step and every epoch. */
  get isDue(): boolean {
    const { iteration, batches } = this.#own.training
    const due = iteration === 1 || (iteration > 0 && iteration % batches.perEpoch === 0)
    return due && this.records.at(-1)?.iteration !== iteration
  }

  /** Whether so many epochs as there is patience for had no better check than the best. */
  get outOfPatience(): boolean {
    const { patience } = this.#own.settings
    const last = this.records.at(-1)
    return patience !== null && last !== undefined && last.epoch - (this.best?.record.epoch ?? 0) >= patience
  }

  /** Null when the signal stopped it; nothing has changed then. `best`: whether no earlier one was as good. */
  async run(signal: AbortSignal | undefined): Promise<{ readonly record: EpochRecord; readonly best: boolean } | null> {
    const { model, data, settings, training, replicas } = this.#own
    // Hosts that round differently, with and without fused multiply-add, must not drift apart.
    await replicas?.broadcast(training.tensors)
    return training.withAverage(async () => {
      const sample = new Random(this.#sample.state)
      const measured = await measure(model, data, settings, sample, signal, replicas?.communicator ?? null)
      if (!measured) return null
      this.#sample = sample
      const record = { epoch: training.epoch, iteration: training.iteration, ...measured }
      const best = isBetter(settings.monitor, record, this.best?.record ?? null)
      if (best) this.best = { record, model: settings.keepBest ? await readTensors(modelTensors(model)) : null }
      this.records.push(record)
      return { record, best }
    })
  }

  get state(): Pick<SolverState, 'sample' | 'epochs' | 'best'> {
    return { sample: this.#sample.state, epochs: [...this.records], best: this.best }
  }

  restore({ sample, epochs, best }: Pick<SolverState, 'sample' | 'epochs' | 'best'>): void {
    this.#sample = new Random(sample)
    this.records = [...epochs]
    this.best = best
  }
}
