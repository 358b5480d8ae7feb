import { createWasm, type WasmOptions } from '@convkit/backend-wasm'
import { collect, failuresOf, runConformance } from '@convkit/conformance'

export interface Examination {
  readonly options: WasmOptions
  /** Random cases a check. */
  readonly runs: number
  /** Default: all. */
  readonly layer?: readonly string[]
}

export interface Result {
  readonly description: string
  readonly passed: number
  readonly missing: number
  /** Ids of checks, with what went wrong. */
  readonly failures: readonly string[]
}

/** Holds the backend against the conformance suite, in whatever thread this is. */
export async function examine({ options, runs, layer }: Examination): Promise<Result> {
  const report = await collect(
    runConformance(() => createWasm(options), { runs, timeLimit: 60_000, ...(layer ? { layer } : {}) }),
  )
  const count = (status: string) => report.checks.filter((check) => check.status === status).length
  return {
    description: report.backend.description,
    passed: count('passed'),
    missing: count('missing'),
    failures: failuresOf(report).map(({ id, failure }) => `${id}: ${failure?.message}`),
  }
}
