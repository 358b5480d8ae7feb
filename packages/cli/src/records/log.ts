import { existsSync } from 'node:fs'
import { ConfigError } from '@convkit/api'
import type { History, LossEvent } from '@convkit/nn'
import { asTyped } from 'convkit/internal'
import { readText } from '../readText.js'

/** What a step is known by beside its loss. */
export interface StepMeasures {
  readonly learningRate: number
  readonly imagesPerSecond: number
}

const columns = [
  'step',
  'epoch',
  'loss',
  'learningRate',
  'imagesPerSecond',
  'trainAccuracy',
  'validationAccuracy',
  'validationLoss',
] as const

/** The measures of each step so far. The history of a run does not hold them. */
export class StepLog {
  readonly #measures: Map<number, StepMeasures>

  constructor(measures: ReadonlyMap<number, StepMeasures> = new Map()) {
    this.#measures = new Map(measures)
  }

  add({ losses, imagesPerSecond }: LossEvent): void {
    for (const { iteration, learningRate } of losses) this.#measures.set(iteration, { learningRate, imagesPerSecond })
  }

  /** The learning rates that are known, in the order of steps. */
  learningRates({ losses }: History): (readonly [step: number, learningRate: number])[] {
    return losses.flatMap(({ iteration }) => {
      const measures = this.#measures.get(iteration)
      return measures ? [[iteration, measures.learningRate] as const] : []
    })
  }

  /**
   * A row for each step of the history, in full precision. So a run that was broken off and goes on has no row twice and
   * none too few; what was not measured is empty.
   */
  csv({ losses, epochs }: History, stepsPerEpoch: number): string {
    const checks = new Map(epochs.map((record) => [record.iteration, record]))
    const rows = losses.map(({ iteration, loss }) => {
      const { learningRate, imagesPerSecond } = this.#measures.get(iteration) ?? {}
      const { trainAccuracy, validationAccuracy, validationLoss } = checks.get(iteration) ?? {}
      const epoch = Math.floor(iteration / stepsPerEpoch)
      return [iteration, epoch, loss, learningRate, imagesPerSecond, trainAccuracy, validationAccuracy, validationLoss]
    })
    return [columns, ...rows].map((row) => `${row.map((cell) => cell ?? '').join(',')}\n`).join('')
  }
}

/** The log that a run goes on with: of a file that is there, or a new one. Throws `ConfigError` for a file that is no log. */
export async function readLog(file: string): Promise<StepLog> {
  if (!existsSync(file)) return new StepLog()
  const [head = '', ...lines] = (await readText(file)).trimEnd().split(/\r?\n/)
  const refuse = (line: number, text: string) =>
    new ConfigError(`--log: ${file}: line ${line} is ${asTyped(text.slice(0, 60))}; expected a log of this command`)
  if (head !== columns.join(',')) throw refuse(1, head)
  const measures = lines.flatMap((line, i): [number, StepMeasures][] => {
    const cells = line.split(',')
    const [step = Number.NaN, , , learningRate = Number.NaN, imagesPerSecond = Number.NaN] = cells.map(Number)
    if (
      cells.length !== columns.length ||
      !Number.isSafeInteger(step) ||
      !Number.isFinite(learningRate + imagesPerSecond)
    )
      throw refuse(i + 2, line)
    return cells[3] === '' ? [] : [[step, { learningRate, imagesPerSecond }]]
  })
  return new StepLog(new Map(measures))
}
