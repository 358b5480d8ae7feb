import { type Backend, differencesOf, type FloatDType } from '@convkit/api'
import { oracleUnit, uniform } from '../core/arithmetic.js'
import type { Case, Results } from '../core/case.js'
import { rounded } from '../core/inputs.js'
import type { Bounds, LayerSpec, Subject } from '../core/spec.js'
import { createSubject } from '../core/subject.js'
import type { Unit } from '../core/unit.js'
import type { ReferenceFile } from './file.js'

/** What a backend computed for a part of a file, what it is held against, and how far each element may be off. */
export interface Comparison {
  readonly case: Case
  readonly got: Results
  readonly expected: Results
  readonly bounds: Bounds
}

export interface Bench {
  readonly backend: Backend
  readonly oracle: Backend
  readonly dtype: FloatDType
}

export function subjectOf(spec: LayerSpec, { backend, oracle, dtype }: Bench): Subject {
  return createSubject(spec, backend, oracle, dtype)
}

/** The arithmetic of whoever wrote the file, under our conventions. */
export function unitOfFile({ precision }: ReferenceFile): Unit {
  return precision === 'float64' ? oracleUnit : uniform({ ...oracleUnit, u: 2 ** -24, eta: 2 ** -149 })
}

/**
 * Whether a file speaks of these layers of a backend: files are written under our conventions, and a backend that declares
 * others is held to the definition under those, on what the file was computed from.
 */
export function speaksOf(backend: Backend, layers: readonly string[]): boolean {
  return !differencesOf(backend).some(({ layer }) => layers.includes(layer))
}

/** Float64 against the file itself: both have rounded, each in its own precision, and both are paid for. */
export async function againstFile(
  subject: Subject,
  c: Case,
  file: ReferenceFile,
  expected: Results,
): Promise<Comparison> {
  const bounds = await subject.bounds(c, unitOfFile(file))
  return { case: c, got: await subject.run(c), expected, bounds: only(bounds, expected) }
}

/** A dtype's run against the definition on the same, rounded, inputs, so that their distance is rounding alone. */
export async function againstOracle(subject: Subject, original: Case, names?: Results): Promise<Comparison> {
  const c = rounded(original, subject.dtype)
  const [expected, bounds] = [await subject.exact(c), await subject.bounds(c)]
  return { case: c, got: await subject.run(c), expected, bounds: names ? only(bounds, names) : bounds }
}

/** Those of the named results; one without a bound has an empty one, which nothing satisfies. */
function only(bounds: Bounds, names: Results): Bounds {
  const none = { shape: [0], data: new Float64Array(0) }
  return Object.fromEntries(Object.keys(names).map((name) => [name, bounds[name] ?? none]))
}
