import type { Communication, EpochRecord, Model, Solver, SolverEvent } from '@convkit/nn'
import colors from 'picocolors'
import type { RankInfo } from './ranks.js'
import { note, print, printJson, progressBar, warn } from './terminal.js'
import type { TrainingData } from './trainingData.js'

export interface TrainStart {
  readonly model: Model
  readonly data: TrainingData
  readonly solver: Solver
  /** Of a run with several; null for a process on its own. */
  readonly ranks: readonly RankInfo[] | null
}

/** What the user sees of a training run. */
export interface TrainReport {
  event(event: SolverEvent): void
  /** What the results do not show. */
  warning(warning: string): void
  saved(file: string): void
  stop(): void
}

/** What every rank but the first reports. */
export function noReport(): TrainReport {
  return { event() {}, warning() {}, saved() {}, stop() {} }
}

/** A JSON line an event. No times in them: two runs of the same bits print the same lines. */
export function jsonReport({ model, data, solver, ranks }: TrainStart): TrainReport {
  printJson({
    type: 'start',
    backend: model.scope.backend.name,
    dtype: model.dtype,
    model: model.name,
    parameters: parameterCount(model),
    train: data.train.shape,
    validation: data.validation?.shape ?? null,
    iteration: solver.iteration,
    iterations: solver.iterations,
    ...(ranks && { ranks }),
  })
  return {
    event(event) {
      const { type, iteration, epoch } = event
      if (type === 'loss') for (const step of event.losses) printJson({ type, ...step })
      if (type === 'epoch') {
        const { trainAccuracy, validationAccuracy, validationLoss, best } = event
        printJson({ type, iteration, epoch, trainAccuracy, validationAccuracy, validationLoss, best })
      }
      if (type === 'done')
        printJson({ type, iteration, epoch, aborted: event.aborted, early: event.early, best: event.best })
      if (type === 'done' && event.communication) note(cost(event.communication))
    },
    warning: (warning) => printJson({ type: 'warning', warning }),
    saved: (file) => printJson({ type: 'saved', file }),
    stop() {},
  }
}

/** The lines of the course's Solver, and a bar where there is a terminal. */
export function textReport({ model, data, solver, ranks }: TrainStart): TrainReport {
  const { name, description } = model.scope.backend
  const [train, validation] = [data.train.labels.length, data.validation?.labels.length ?? 'none']
  print(`${colors.bold(name)}: ${description}`)
  print(
    `${model.name}, ${parameterCount(model)} parameters, ${model.dtype}; ${train} images, ${validation} to validate`,
  )
  for (const line of rankLines(ranks ?? [])) print(line)
  if (solver.iteration > 0) print(`resumed after iteration ${solver.iteration}`)
  const bar = progressBar(solver.iterations, false, solver.iteration)
  return {
    event(event) {
      const { iteration, iterations } = event
      if (event.type === 'loss') {
        const loss = event.losses.at(-1)?.loss ?? Number.NaN
        bar.print(`(Iteration ${iteration} / ${iterations}) loss: ${loss.toFixed(6)}`)
        bar.update(iteration, `${event.imagesPerSecond.toFixed(0)} images/s`)
      } else if (event.type === 'epoch') {
        bar.print(`(Epoch ${event.epoch} / ${event.epochs}) ${measures(event, data.validation !== null)}`.trimEnd())
      } else if (event.type === 'done') {
        bar.stop()
        if (event.aborted || event.early)
          print(`stopped after iteration ${iteration} of ${iterations}${event.early ? ', out of patience' : ''}`)
        if (!event.aborted && event.best) print(bestLine(event.best))
        if (event.communication) print(cost(event.communication))
      }
    },
    warning: warn,
    saved: (file) => print(`saved ${file}`),
    stop: bar.stop,
  }
}

/** A line for each host and way of computing: \`ranks 0, 1 on node1: wasm: WebAssembly, ...\`. */
function rankLines(ranks: readonly RankInfo[]): string[] {
  const alike = new Map<string, number[]>()
  for (const { rank, host, backend, description } of ranks) {
    const where = `on ${host}: ${backend}: ${description}`
    alike.set(where, [...(alike.get(where) ?? []), rank])
  }
  return [...alike].map(([where, all]) => `rank${all.length > 1 ? 's' : ''} ${all.join(', ')} ${where}`)
}

function cost({ share, calls, bytes }: Communication): string {
  const megabytes = (bytes / 1e6).toFixed(0)
  return `communication: ${(100 * share).toFixed(1)} % of the time, ${megabytes} MB in ${calls} calls`
}

/** Accuracies only where there are classes. */
function measures({ trainAccuracy, validationAccuracy, validationLoss }: EpochRecord, isValidated: boolean): string {
  const all = [
    ...(trainAccuracy === null ? [] : [`train acc: ${trainAccuracy.toFixed(4)}`]),
    ...(validationAccuracy === null ? [] : [`val_acc: ${validationAccuracy.toFixed(4)}`]),
    ...(isValidated ? [`val_loss: ${shownLoss(validationLoss)}`] : []),
  ]
  return all.join('; ')
}

function bestLine({ validationAccuracy, validationLoss, epoch }: EpochRecord): string {
  const accuracy = validationAccuracy === null ? '' : `accuracy ${validationAccuracy.toFixed(4)}, `
  return `best epoch ${epoch}: validation ${accuracy}loss ${shownLoss(validationLoss)}`
}

const shownLoss = (loss: number | null): string => loss?.toFixed(4) ?? 'not finite'

export function parameterCount(model: Model): number {
  return model.params.reduce((sum, { tensor }) => sum + tensor.size, 0)
}
