import { type Backend, ConvkitError } from '@convkit/api'
import type { Check } from './core/check.js'
import type { Executed } from './execute.js'
import { hung, type Life } from './isolation/silence.js'
import { draw } from './replay/draw.js'
import type { Laboratory } from './replay/reproduce.js'
import { runSteps } from './replay/run.js'
import type { Step } from './replay/steps.js'
import type { Settings } from './settings.js'
import { createTimer } from './timer.js'

/** What checks run with in this process. */
export interface Here {
  readonly checks: readonly Check[]
  readonly oracle: Backend
  readonly settings: Settings
  readonly loadLimit: number
  create(): Backend | Promise<Backend>
}

/** A backend, unless it is too late. */
export async function openHere({ create, loadLimit }: Here): Promise<Backend> {
  const timer = createTimer(loadLimit)
  const late = timer.over.then(() => {
    throw new NeverLoadedError(loadLimit)
  })
  // What throws at once has to stop the timer too.
  const made = (async () => create())()
  return await Promise.race([made, late]).finally(timer.stop)
}

/** A backend's module, or its `createBackend`, did not settle in time. */
export class NeverLoadedError extends ConvkitError {
  override name = 'NeverLoadedError'
  constructor(limit: number) {
    super(
      `the backend was not there within ${limit / 1000} s: its module or its createBackend did not settle; --load-limit gives it more time`,
    )
  }
}

/** Runs steps, the last of which is of this check, and gives up on what shows no sign of life. */
export async function runHere(
  { checks, oracle, settings, create }: Here,
  backend: Backend,
  check: Check,
  steps: readonly Step[],
): Promise<{ readonly executed: Executed; readonly life: Life }> {
  const { timeLimit, ...context } = settings
  const start = performance.now()
  const timer = createTimer(timeLimit)
  let life: Life = { at: null, ms: 0, sparse: false }
  const byId = new Map(checks.map((one) => [one.id, one]))
  const execution = runSteps(byId, steps, { backend, oracle, create, ...context }, timeLimit, (at) => {
    timer.restart()
    life = { at, ms: performance.now() - start, sparse: false }
  })
  const late = timer.over.then((): Executed => ({ result: hung(check, timeLimit, life), coverage: {} }))
  const executed = await Promise.race([execution, late]).finally(timer.stop)
  return { executed, life }
}

/** Runs failures again on backends that are made for it, one at a time. */
export function laboratoryHere(here: Here): Laboratory {
  const { checks, settings } = here
  return {
    atOnce: 1,
    async run(steps) {
      const check = checks.find(({ id }) => id === steps.at(-1)?.id)
      if (!check) throw new Error('there is nothing to run')
      const backend = await openHere(here)
      const { executed, life } = await runHere(here, backend, check, steps)
      if (executed.result.status !== 'hung') await backend.close?.()
      return { result: executed.result, at: life.at }
    },
    draw: (id, path) => draw(checks, settings, id, path),
  }
}
