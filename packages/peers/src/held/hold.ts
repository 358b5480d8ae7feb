import { writeFile } from 'node:fs/promises'
import type { Report } from '@convkit/conformance'
import { runIsolated } from '@convkit/conformance/node'

/** Of a report, what the document is made of. */
export interface Held {
  readonly description: string
  readonly score: Report['score']
  readonly ms: number
  readonly checks: readonly HeldCheck[]
}

export interface HeldCheck {
  readonly id: string
  readonly status: Report['checks'][number]['status']
  readonly message: string
  readonly refusals: readonly string[]
}

/** Holds a module against the suite, all of it or some checks. */
async function hold(module: string, runs: number, only: readonly string[]): Promise<Held> {
  const source = { module: new URL(`${module}.js`, import.meta.url).href, options: {} }
  const options = { runs, timeLimit: 150_000, reproduce: false, ...(only.length > 0 && { only }) }
  let done = 0
  for await (const event of runIsolated(source, options)) {
    if (event.type === 'result' && ++done % 50 === 0) process.stdout.write('.')
    if (event.type === 'end') return summary(event.report)
  }
  throw new Error('the run has no end')
}

function summary({ backend, score, ms, checks }: Report): Held {
  return {
    description: backend.description,
    score,
    ms,
    checks: checks.map(({ id, status, failure, refusals }) => ({
      id,
      status,
      message: failure?.message ?? '',
      refusals: refusals.map((reason) => reason.replace(/^.*?refuses this call: /, '').replace(/; wrap it in .*$/, '')),
    })),
  }
}

const [module, out, runs, ...only] = process.argv.slice(2)
if (module && out) await writeFile(out, JSON.stringify(await hold(module, Number(runs), only)))
