import type { Ledger } from '../ledger.js'
import type { CheckResult } from '../report/report.js'
import { rootsOf } from '../report/roots.js'
import { type Laboratory, type Past, reproduce } from './reproduce.js'
import { untried } from './reproduction.js'

/** Causes that are run again; of the others the first failure is shown as it was. */
export const mostCauses = 3

/** Runs the most telling failures again, one a cause, and tells the ledger what came of it; gives the id of each before. */
export async function* reproduceAll(
  ledger: Ledger,
  /** What the backend had met before each check. */
  before: ReadonlyMap<string, readonly Past[]>,
  laboratory: Laboratory,
): AsyncGenerator<string, void, void> {
  const pastOf = ({ id }: CheckResult) => before.get(id) ?? []
  const results = new Map(ledger.results().map((result) => [result.id, result]))
  const groups = rootsOf(ledger.results()).map(({ id, others }) =>
    [id, ...others].flatMap((one) => results.get(one) ?? []),
  )
  const causes = groups.filter(([head]) => head.status !== 'incomplete')
  for (const [i, [head, ...others]] of causes.entries()) {
    if (i >= mostCauses) {
      ledger.amend({ ...head, reproduction: untried(`only ${mostCauses} causes are`) })
      continue
    }
    yield head.id
    // A backend that broke fails in whatever comes next: the first of that has the shortest way to it.
    const first = [head, ...others].reduce((a, b) => (pastOf(b).length < pastOf(a).length ? b : a))
    const elsewhere = first === head ? undefined : () => reproduce(first, pastOf(first), laboratory)
    try {
      ledger.amend(await reproduce(head, pastOf(head), laboratory, elsewhere))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      ledger.amend({ ...head, reproduction: untried(`no fresh backend could be had: ${why}`) })
    }
  }
}
