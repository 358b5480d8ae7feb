import { writeWholeFile } from '@convkit/files'
import { evaluate, type SolverEvent } from '@convkit/nn'
import type { Settings } from '../config/load.js'
import type { TrainStart } from '../trainReport.js'
import { readLog, StepLog } from './log.js'
import { reconstruct } from './reconstruct.js'

/** What a run leaves for its reader: a table as it goes, and a page at its end. */
export interface Records {
  /** To be called before a checkpoint is written, so that the table is never behind it. */
  event(event: SolverEvent): Promise<void>
  /** The page, and the names of the files that were written. */
  finish(): Promise<readonly string[]>
}

/** Reads the table that a resumed run goes on with. Throws `ConfigError` for a file that is none. */
export async function openRecords(
  settings: Settings,
  { model, data, solver }: Omit<TrainStart, 'ranks'>,
  resumed: boolean,
): Promise<Records> {
  const { log: file, report, epochs } = settings
  const log = file !== undefined && resumed ? await readLog(file) : new StepLog()
  const start = performance.now()
  let aborted = false
  return {
    async event(event) {
      if (event.type === 'loss') log.add(event)
      if (event.type === 'done') aborted = event.aborted
      if (event.type !== 'loss' && file !== undefined)
        await writeWholeFile(file, log.csv(solver.history, solver.iterations / epochs))
    },
    async finish() {
      if (report !== undefined) {
        const seconds = (performance.now() - start) / 1000
        // Plots take a second to load.
        const { renderRunPage } = await import('./page.js')
        // Whoever stops a run does not wait for it.
        const { validation } = data
        const measured = aborted ? null : validation
        const evaluation = measured && model.numClasses !== null ? await evaluate(model, measured) : null
        const isOfImages = measured && settings.targets === 'images'
        const reconstruction = isOfImages ? await reconstruct(model, measured, data.mean) : null
        const page = { settings, model, data, history: solver.history, log, evaluation, reconstruction, seconds }
        await writeWholeFile(report, await renderRunPage(page))
      }
      return [file, report].filter((path) => path !== undefined)
    },
  }
}
