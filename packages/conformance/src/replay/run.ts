import type { Check, CheckContext, Progress } from '../core/check.js'
import { type Executed, execute } from '../execute.js'
import type { Step } from './steps.js'

/** How far a row of steps is. */
export interface StepProgress extends Progress {
  /** Which of the steps, from 0. Before its first case it has 0 of 0. */
  readonly step: number
}

/** Runs steps one after the other on one backend, and gives what came of the last. Throws where there is no such check. */
export async function runSteps(
  checks: ReadonlyMap<string, Check>,
  steps: readonly Step[],
  context: Omit<CheckContext, 'path' | 'onStart'>,
  timeLimit: number,
  onStart: (progress: StepProgress) => void,
): Promise<Executed> {
  let last: Executed | null = null
  for (const [step, { id, cases }] of steps.entries()) {
    const check = checks.get(id)
    if (!check) throw new Error(`there is no check ${id}`)
    onStart({ step, case: 0, of: 0, shrinking: false })
    const own = { ...context, ...(cases === null ? {} : { path: cases }) }
    last = await execute(check, { ...own, onStart: (progress) => onStart({ ...progress, step }) }, timeLimit)
  }
  if (!last) throw new Error('there is nothing to run')
  return last
}
