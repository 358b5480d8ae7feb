import type { FloatDType } from '@convkit/api'
import type { Case, NdArray } from '@convkit/conformance/internal/core/case'

/** One output of one call, as a rule gets to see it. */
export interface Judged {
  readonly layer: string
  readonly dtype: FloatDType
  /** The steps of optimizers count as forward. */
  readonly method: 'forward' | 'backward'
  /** `y`, `dw` */
  readonly output: string
  /** Attributes and inputs, from which tolerances that depend on sizes and magnitudes are made. */
  readonly case: Case
  readonly got: NdArray
  /** The float64 definition's. */
  readonly expected: NdArray
  /** What this suite derives; for its own rule alone. */
  readonly bound?: NdArray
}

/** By what others accept the output of a kernel, as their code has it. */
export interface Rule {
  readonly name: string
  /** The code, at the commit that was read. */
  readonly source: string
  /** The formula in one sentence. */
  readonly says: string
  /** Which outputs, of which layers, in which dtypes. */
  readonly scope: string
  /** What its authors compare with, and what stands for it here. */
  readonly reference: string
  /** How they draw their inputs, which is not how they are drawn here. */
  readonly draws: string
  readonly nonFinite: string
  /** Null where its authors do not apply it: another dtype, a gradient, a layer that they do not test. True: accepted. */
  judge(judged: Judged): boolean | null
}

const rounded = new WeakMap<NdArray, Float64Array>()

/** The definition's values as a reference of the judged dtype holds them. */
export function reference({ dtype, expected }: Judged): ArrayLike<number> {
  if (dtype === 'float64') return expected.data
  const known = rounded.get(expected)
  if (known) return known
  const values = new Float64Array(new Float32Array(expected.data))
  rounded.set(expected, values)
  return values
}

/** Whether `isClose` holds for each element, given what the kernel gave first and the reference second. */
export function everywhere(judged: Judged, isClose: (got: number, expected: number) => boolean): boolean {
  const expected = reference(judged)
  const got = judged.got.data
  for (let i = 0; i < got.length; i++) if (!isClose(got[i], expected[i])) return false
  return true
}
