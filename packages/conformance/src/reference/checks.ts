import { ConfigError, DataError, type FloatDType, ShapeError } from '@convkit/api'
import type { Check, CheckContext, CheckOutcome } from '../core/check.js'
import { type Compared, compare } from '../core/compare.js'
import { Violation } from '../core/violation.js'
import type { Bench, Comparison } from './comparison.js'
import { type NamedBytes, type ReferenceFile, readReference } from './file.js'
import { compareLayer } from './layer.js'
import { compareModel } from './model.js'
import { compareOptimizer } from './optimizer.js'

/**
 * A check for each file and dtype, in the row of the file's layer: `reference/conv2d_groups/float32`. A file that is
 * damaged, or whose tensors do not fit together, is a check that fails.
 */
export function referenceChecks(files: readonly NamedBytes[]): Check[] {
  return files.flatMap((file) => {
    const layer = rowOf(file)
    return (['float32', 'float64'] as const).map((dtype) => ({
      id: `reference/${file.name}/${dtype}`,
      layer,
      law: 'reference',
      dtype,
      says: `what another framework computed for ${file.name}, within the derived bound`,
      run: (context: CheckContext) => runFile(file, dtype, context),
    }))
  })
}

function rowOf({ bytes }: NamedBytes): string {
  try {
    const { kind, layer } = readReference(bytes)
    return kind === 'model' ? 'training' : layer
  } catch {
    return 'reference'
  }
}

async function runFile(
  file: NamedBytes,
  dtype: FloatDType,
  { backend, oracle, tally, onCase }: CheckContext,
): Promise<CheckOutcome> {
  try {
    const reference = readReference(file.bytes)
    // A file's values are float64 as a rule. Where the backend is not, the definition that it is held to answers for them.
    if (dtype === 'float32' && !backend.kernels.float64)
      hold(
        `${file.name}, by the definition itself`,
        await comparisons(reference, { backend: oracle, oracle, dtype: 'float64' }),
        { dtype: 'float64' },
      )
    const all = await comparisons(reference, { backend, oracle, dtype })
    hold(file.name, all, { dtype, ...(tally ? { tally } : {}) })
    for (const { case: c } of all) onCase?.(c)
    return { cases: all.length, wanted: all.length, refusals: [], failure: null }
  } catch (error) {
    if (![DataError, ShapeError, ConfigError].some((kind) => error instanceof kind)) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new Violation(`${file.name}.safetensors is not a reference file: ${message}`, { cause: error })
  }
}

const comparers = { layer: compareLayer, optimizer: compareOptimizer, model: compareModel }

/** All that a file says of a backend. */
export function comparisons(reference: ReferenceFile, bench: Bench): Promise<Comparison[]> {
  return comparers[reference.kind](reference, bench)
}

function hold(what: string, all: readonly Comparison[], on: Compared): void {
  for (const { case: c, got, expected, bounds } of all) compare(`reference ${what}`, c, got, expected, bounds, on)
}
