import { type Backend, ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import pico from 'picocolors'
import { afterAll, describe, test } from 'vitest'
import { allChecks } from './checks.js'
import { type ConformanceOptions, infoOf, settingsOf } from './conformance.js'
import { execute } from './execute.js'
import { createLedger } from './ledger.js'
import { isFailure, whyNotPassed } from './report/report.js'
import { failureText } from './report/terminal.js'
import { select } from './select.js'

/**
 * The suite as tests of vitest, one a check, named by its exact id. A check for which the backend lacks a kernel, which
 * it refuses or which is about what it does not claim shows as skipped with the reason; one on the skip list has to fail. The checks run in vitest's own
 * process: one that never returns stops the file, and `convkit conformance` tells which it was.
 */
export function describeConformance(
  name: string,
  createBackend: () => Backend | Promise<Backend>,
  options: ConformanceOptions = {},
): void {
  describe(name, async () => {
    const { checks = allChecks(), oracle = createNaive(), path } = options
    const { timeLimit, ...settings } = settingsOf(options)
    // The backend says which checks there are, and vitest wants to know them before it runs any.
    const backend = await createBackend()
    const info = infoOf(backend)
    const ledger = createLedger(info, checks, options)
    const report = ledger.report()
    if (report.problems.length > 0) throw new ConfigError(report.problems.join('; '))
    afterAll(() => backend.close?.())

    for (const check of select(checks, info.dtypes, options))
      test(check.id, { timeout: timeLimit }, async ({ skip }) => {
        const context = { backend, oracle, create: createBackend, ...settings, ...(path === undefined ? {} : { path }) }
        const result = ledger.record(await execute(check, context, timeLimit))
        if (isFailure(result)) throw new Error(failureText(report, result, pico.createColors(false)).join('\n'))
        if (result.status !== 'passed') skip(whyNotPassed(result))
      })
  })
}
