import { type Backend, ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import pico from 'picocolors'
import { afterAll, describe, test } from 'vitest'
import { allChecks } from './checks.js'
import { defaultLoadLimit, infoOf, settingsOf } from './conformance.js'
import { type Here, laboratoryHere, openHere, runHere } from './here.js'
import { createLedger } from './ledger.js'
import { type ConformanceOptions, checkRun, conformanceOptions } from './options.js'
import { planOf, reproduces } from './plan.js'
import { type Past, reproduce } from './replay/reproduce.js'
import { mostCauses } from './replay/reproduceAll.js'
import { casesText } from './report/counts.js'
import { declaredLines } from './report/declared.js'
import { isFailure, isWrong, summaryLine, whyNotPassed } from './report/report.js'
import { failureText } from './report/terminal.js'

/**
 * The suite as tests of vitest, one a check, named by its exact id. A check for which the backend lacks a kernel, which
 * it refuses or which is about what it does not claim shows as skipped with the reason; one on the skip list has to fail. What
 * it declares stands above its tests. The first failures are run again on fresh backends. The checks run in vitest's own
 * process: one that never returns stops the file, and `convkit conformance` tells which it was.
 */
export function describeConformance(
  name: string,
  createBackend: () => Backend | Promise<Backend>,
  given: ConformanceOptions = {},
): void {
  const options = checkRun('describeConformance', given, conformanceOptions)
  describe(name, async () => {
    const { checks = allChecks(), oracle = createNaive(), loadLimit = defaultLoadLimit } = options
    const here: Here = { checks, oracle, settings: settingsOf(options), create: createBackend, loadLimit }
    // The backend says which checks there are, and vitest wants to know them before it runs any.
    let backend = await openHere(here)
    const info = infoOf(backend)
    const ledger = createLedger(info, checks, { command: null, ...options })
    const { problems } = ledger.report()
    if (problems.length > 0) throw new ConfigError(problems.join('; '))
    let [past, again]: [readonly Past[], number] = [[], reproduces(options) ? mostCauses : 0]
    afterAll(async () => {
      const report = ledger.report()
      // biome-ignore lint/suspicious/noConsole: vitest's reports have no other place for it
      console.info(`${casesText(report)}\n${summaryLine(report)}`)
      await backend.close?.()
    })

    const declared = declaredLines(info)
    if (declared.length > 0) describe(`declared: ${declared.join('; ')}`, testAll)
    else testAll()

    // Checks watch the clock themselves.
    function testAll(): void {
      for (const { check, steps } of planOf(checks, info.dtypes, options))
        test(check.id, { timeout: 0 }, async ({ annotate, skip }) => {
          const { executed } = await runHere(here, backend, check, steps)
          let result = ledger.record(executed)
          const before = past
          past = [...past, { id: check.id, cases: result.cases }]
          if (result.status === 'hung') {
            // Its queue may never move again.
            backend = await openHere(here)
            past = []
          }
          if (isWrong(result) && again-- > 0) {
            result = await reproduce(result, before, laboratoryHere(here))
            ledger.amend(result)
          }
          if (isFailure(result))
            throw new Error(failureText(ledger.report(), result, pico.createColors(false)).join('\n'))
          if (result.status !== 'passed') skip(whyNotPassed(result))
          // There is none before vitest 3.2.
          const { cases, wanted, elements } = result
          const loose =
            elements.unbounded > 0 ? `, ${elements.unbounded} of ${elements.compared} elements without a bound` : ''
          if (wanted !== null) await annotate?.(`${cases} of ${wanted} cases${loose}`)
        })
    }
  })
}
