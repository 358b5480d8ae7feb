import { availableParallelism } from 'node:os'
import type { OptionNames } from '@convkit/api'
import type { Event } from '../conformance.js'
import { type Isolation, type IsolationOptions, isolationOptions, runInIsolation } from '../isolation/run.js'
import { checkRun } from '../options.js'
import { environment } from './environment.js'
import { startProcess } from './process.js'
import type { BackendSource, Open } from './protocol.js'
import { suite } from './suite.js'

export interface IsolatedOptions extends IsolationOptions {
  /** A folder of reference files; see docs/reference-files.md. */
  readonly fixtures?: string
  /** What the backend writes to stdout and stderr. */
  readonly onOutput?: (text: string) => void
  /** Flags of Node for the processes; default none. */
  readonly execArgv?: readonly string[]
}

const optionNames: OptionNames<IsolatedOptions> = {
  ...isolationOptions,
  fixtures: true,
  onOutput: true,
  execArgv: true,
}

/**
 * Holds a backend against the suite in processes of its own. One that crashes, hangs or runs out of memory is reported
 * with the check it was at, and the other checks go on in a fresh process. Throws `ConvkitError` where the backend
 * cannot be loaded, `ConfigError` for names that do not exist.
 */
export async function* runIsolated(
  source: BackendSource,
  given: IsolatedOptions = {},
): AsyncGenerator<Event, void, void> {
  const { fixtures, onOutput = () => {}, execArgv = [], ...options } = checkRun('runIsolated', given, optionNames)
  const isolation: Isolation<Open> = {
    start: () => startProcess(onOutput, execArgv),
    open: { type: 'open', source, fixtures: fixtures ?? null },
    checks: await suite(fixtures ?? null),
    processors: availableParallelism(),
  }
  yield* runInIsolation(isolation, { ...options, environment: environment(options.environment) })
}
