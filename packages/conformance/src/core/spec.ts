import type { FloatTensor, Labels, Scope } from '@convkit/api'
import type fc from 'fast-check'
import type { Case, NdArray, Results } from './case.js'
import type { Claim } from './claims.js'
import type { Subject } from './subject.js'

export type Tensors = { readonly [name: string]: FloatTensor | Labels }
export type Outputs = { readonly [name: string]: FloatTensor }
/** For each gradient: false skips it, a tensor is overwritten, absent allocates. */
export type Want = { readonly [gradient: string]: boolean | FloatTensor }

/** Unit roundoff u and the smallest step eta near zero of the arithmetic that a result was computed in. */
export interface Unit {
  readonly u: number
  readonly eta: number
  /** What each slot of an optimizer may be off by because it is flushed: twice the smallest normal number, or 0. */
  readonly state: number
  /** Errors of functions, in units in the last place; half of one is correctly rounded. */
  readonly ulps: { readonly exp: number; readonly log: number; readonly sqrt: number; readonly divide: number }
  readonly convolution: 'direct' | 'winograd'
}

/** The largest |error| each element of an output may have: one array an output, shaped like it. */
export type Bounds = Results

/** A property of a layer that needs no reference: a theorem about its formula. */
export interface Law {
  /** The column in the report: `adjoint`, `translation`. */
  readonly name: string
  /** One sentence, shown with a failure. */
  readonly says: string
  /** A claim that the law is about: of a backend that does not make it, it says nothing. */
  readonly needs?: Claim
  /** Cases this law can be stated on; default: the layer's own. */
  readonly cases?: fc.Arbitrary<Case>
  /** How many small cases one of this law's takes the place of; default 1. */
  readonly weight?: number
  /** Throws a `Violation` when the law does not hold. `turn` counts the cases of a check, whatever it begins with. */
  check(subject: Subject, c: Case, turn?: number): Promise<void>
}

/** All that the suite knows of one layer, update or sandwich. */
export interface LayerSpec {
  readonly layer: string
  /** Small cases with sizes aimed at tails and borders. */
  readonly cases: fc.Arbitrary<Case>
  /** Few and larger: across tiles, blocks and thread splits. */
  readonly large: fc.Arbitrary<Case>
  /** Inputs that the call overwrites, as updates do; they are outputs too. */
  readonly inPlace?: readonly string[]
  /** Queues a whole case: outputs and the gradients wanted, by name. */
  call(
    scope: Scope,
    inputs: Tensors,
    c: Case,
    dy: FloatTensor | null,
    want: Want,
  ): { readonly [name: string]: FloatTensor | null }
  /**
   * The derived bound for a result of this case computed at `unit` (docs/numerics.md). `exact` are the float64 oracle's
   * results, `absolute` its results on the absolute values of all inputs. A whole net's needs more passes, and waits.
   */
  bounds(c: Case, exact: Results, absolute: Results, unit: Unit): Bounds | Promise<Bounds>
  /** Inputs that central differences are taken over, with the gradient's name: `{ x: 'dx', w: 'dw' }`. */
  readonly gradients: { readonly [input: string]: string }
  /** Held to its layers bit for bit by a law, and needs no bound of its own. */
  readonly composed?: boolean
  /** Its values sit on kinks on purpose: central differences say nothing of them. */
  readonly kinked?: boolean
  /** Whether the case is far enough from a kink, by more than `step`, for central differences to mean something. */
  smooth?(c: Case, step: number): boolean
  /**
   * Inputs (and `dy`) into which NaN and infinities may be planted so that every right implementation gives the same
   * pattern; default: all that are not labels.
   */
  special?(c: Case): readonly string[]
  readonly laws: readonly Law[]
}

/** What a central difference differentiates: sum(dy * y), or the loss itself. */
export function objective(c: Case, results: Results): number {
  const y: NdArray | undefined = results.y ?? results.loss
  if (!y) return Number.NaN
  let sum = 0
  for (const [i, value] of y.data.entries()) sum += value * (c.dy?.data[i] ?? 1)
  return sum
}
