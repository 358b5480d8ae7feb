import type { Backend, Conventions, FloatDType, FloatTensor, Labels, Scope } from '@convkit/api'
import type fc from 'fast-check'
import type { Case, NdArray, Results } from './case.js'
import type { Claim } from './claims.js'
import type { Sweep } from './sweep.js'
import type { Tally } from './tally.js'
import type { Unit } from './unit.js'

export type Tensors = { readonly [name: string]: FloatTensor | Labels }
export type Outputs = { readonly [name: string]: FloatTensor }
/** For each gradient: false skips it, a tensor is overwritten, absent allocates. */
export type Want = { readonly [gradient: string]: boolean | FloatTensor }

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
  /** Cases this law can be stated on, where need be those of a convention; default: the layer's own. */
  readonly cases?: fc.Arbitrary<Case> | ((conventions: Conventions) => fc.Arbitrary<Case>)
  /** For how many small cases one of these counts; default 1. */
  readonly weight?: number
  /**
   * Throws a `Violation` when the law does not hold. `turn` counts the cases of a check, whatever it begins with; a law of one
   * long case takes `share` of its length.
   */
  check(subject: Subject, c: Case, turn?: number, share?: number): Promise<void>
}

/** How the objective, sum(dy * y) or the loss, behaves about a case where one of its inputs moves. */
export interface Neighbourhood {
  /** How far each element may move, either way and all at once, before a kink or a pole comes near. */
  readonly room: NdArray
  /**
   * Absent: the objective is straight within `room`. Else it is analytic in t at x + t d, |d| <= room, for complex
   * |t| <= 1, and but for a constant nowhere larger there than this.
   */
  readonly most?: number
}

export interface Kin {
  readonly spec: LayerSpec
  readonly case: Case
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
   * results, `magnitudes` its results on the absolute values of all inputs.
   */
  bounds(c: Case, exact: Results, magnitudes: () => Promise<Results>, unit: Unit): Bounds | Promise<Bounds>
  /**
   * The same call on operands for which the bound at `unit` is 0, or as small as it can be (docs/numerics.md), and which show
   * what a worst-case bound hides in long sums: factors near 1, operands in a coarser format, parts left out.
   */
  sharpen?(c: Case, unit: Unit): Case
  /**
   * Few cases with sums as long as those of real nets: over the channels, features or elements of one image, `deep`, or over all
   * images of a batch, `batch`. They are sharpened where that is possible.
   */
  readonly long?: { readonly deep?: fc.Arbitrary<Case>; readonly batch?: fc.Arbitrary<Case> }
  /** Inputs that central differences are taken over, with the gradient's name: `{ x: 'dx', w: 'dw' }`. */
  readonly gradients: { readonly [input: string]: string }
  /** Held to its layers bit for bit by a law, and needs no bound of its own. */
  readonly composed?: boolean
  /** Its values sit on kinks on purpose: central differences say nothing of them. */
  readonly kinked?: boolean
  /** Where central differences over an input mean something; default: the layer is linear in each of its inputs. */
  neighbourhood?(c: Case, input: string): Neighbourhood
  /**
   * Inputs (and `dy`) into which NaN and infinities may be planted so that every right implementation gives the same
   * pattern; default: all that are not labels.
   */
  special?(c: Case): readonly string[]
  /** Where they are planted; default: the layer's cases. */
  readonly specialCases?: fc.Arbitrary<Case>
  /** The same operands in the hands of another layer, where there is one that a plan could be mistaken for. */
  kin?(c: Case): readonly Kin[]
  readonly laws: readonly Law[]
  /** Laws whose statement is the same for every layer that has them. */
  readonly common?: readonly Law[]
  readonly sweeps?: readonly Sweep[]
}

/** A layer of a backend under test, in one dtype, with the oracle it is held against. */
export interface Subject {
  readonly spec: LayerSpec
  readonly backend: Backend
  readonly dtype: FloatDType
  readonly unit: Unit
  /** Runs a case on the backend under test; inputs are rounded to its dtype. */
  run(c: Case, want?: Want): Promise<Results>
  /** The same case on the oracle: the plain loops, in float64, under the conventions of the backend. */
  exact(c: Case): Promise<Results>
  /** The bound on |run - exact| for each element of each output; or on |run - another|, computed at `other`. */
  bounds(c: Case, other?: Unit): Promise<Bounds>
  /** Counts what is compared. */
  readonly tally: Tally
  /** Another layer of the same backend, in the same dtype. */
  as(spec: LayerSpec): Subject
}
