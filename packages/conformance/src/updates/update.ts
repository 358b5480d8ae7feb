import type { Conventions, Shape, Update } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { isWhole } from '../core/arithmetic.js'
import { elementwise } from '../core/bounds.js'
import type { Case, NdArray, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, each, inputOf, tensorOf } from '../core/inputs.js'
import { type Approx, type Running, running } from '../core/running.js'
import { seeds } from '../core/shapes.js'
import type { Law, LayerSpec, Subject } from '../core/spec.js'
import type { Sweep } from '../core/sweep.js'
import type { Unit } from '../core/unit.js'
import { absolute, map, type ValueKind, values } from '../core/values.js'
import { independentParts } from '../laws/independentParts.js'
import { nan } from '../laws/nan.js'
import { related } from '../laws/relation.js'
import { elementShapes } from '../layers/elements.js'
import { allOf, atRest, commonLaws, elementSweep, zeros } from './common.js'

/**
 * `awkward`: zeros; 2^50, whose square float32 still holds after every division; 1.25 * 2^-70, whose square is subnormal
 * there; second moments of a few smallest steps. Squares that overflow float32 are left out: no rule speaks of them.
 */
type StateKind = ValueKind | 'awkward'

const awkward = [0, 2 ** 50, 1.25 * 2 ** -70, 2 ** -140, 1, 0.75]
const awkwardSquares = [0, 2 ** 100, 2 ** -140, 3 * 2 ** -149, 1, 0.75]

/** One element's parameter and state: `w` and the slots. */
export type State = { readonly [name: string]: Approx }

/** What is known of one optimizer. */
export interface UpdateTheory<S extends object> {
  readonly update: Update<S>
  /** What each hyperparameter is drawn from. */
  readonly scalars: { readonly [name in keyof S]: fc.Arbitrary<number> }
  /** Slots that average squares, and are never negative. */
  readonly squares: readonly string[]
  /** Whether weights shrink: w - c * w or w * (1 - c). */
  readonly decays?: boolean
  /** The formula of one element in running error analysis; hyperparameters as a kernel may round them. */
  step(
    r: Running,
    of: (name: keyof S & string) => Approx,
    s: S,
    state: State,
    g: Approx,
    conventions: Conventions,
  ): State
  /** Beyond the number of elements. */
  readonly sweeps?: readonly Sweep[]
  /** Laws beyond those of every optimizer; `cases` narrows the cases that a law is stated on. */
  laws(cases: (narrow: Partial<CaseOptions>) => fc.Arbitrary<Case>): readonly Law[]
}

interface CaseOptions {
  readonly shape: fc.Arbitrary<Shape>
  readonly kinds: readonly StateKind[]
  /** Hyperparameters with a value of their own. */
  readonly fixed: { readonly [name: string]: number }
}

const small: CaseOptions = { shape: elementShapes, kinds: ['normal', 'wide', 'dyadic', 'awkward'], fixed: {} }
const blocks = fc.tuple(fc.constantFrom(1_023, 1_025, 4_097, 16_385))
const large: CaseOptions = { shape: blocks, kinds: ['normal', 'awkward'], fixed: {} }

export interface UpdateSpec extends LayerSpec {
  readonly slots: readonly string[]
  /** Names of its scalars, the number of the step left out. */
  readonly hyperparameters: readonly string[]
  /** The state after one step where `w`, `g` or the slots themselves may be off by `errors`, as they are in training. */
  approximate(c: Case, unit: Unit, errors?: Results): { readonly [name: string]: readonly Approx[] }
}

/** The optimizers have one form; each file gives its own formula. */
export function updateSpec<S extends object>(theory: UpdateTheory<S>): UpdateSpec {
  const { update, step, squares, decays = false } = theory
  const cases = (narrow: Partial<CaseOptions>) => updateCases(theory, { ...small, ...narrow })
  const state = ['w', ...update.slots]
  // A case of a whole net's training has attributes of the net as well.
  const scalarsOf = (c: Case): S => {
    const scalars = { ...update.defaults }
    for (const name of Object.keys(scalars)) if (name in c.attrs) Object.assign(scalars, { [name]: c.attrs[name] })
    return scalars
  }

  const approximate: UpdateSpec['approximate'] = (c, unit, errors = {}) => {
    const r = running(unit)
    const scalars = scalarsOf(c)
    const of = (name: keyof S & string) => r.scalar(Number(scalars[name]))
    const before = (name: string, i: number) => ({
      value: inputOf(c, name).data[i],
      error: errors[name]?.data[i] ?? 0,
    })
    const after: { [name: string]: Approx[] } = Object.fromEntries(state.map((name) => [name, []]))
    for (let i = 0; i < inputOf(c, 'w').data.length; i++) {
      const own = Object.fromEntries(state.map((name) => [name, before(name, i)]))
      const next = step(r, of, scalars, own, before('g', i), unit.conventions)
      for (const [name, value] of Object.entries(next)) after[name].push(value)
    }
    return after
  }

  return {
    layer: update.name,
    cases: cases({}),
    large: updateCases(theory, large),
    inPlace: state,

    call(_scope, inputs, c) {
      const [w, ...slots] = state.map((name) => tensorOf(inputs, name))
      update.update(w, tensorOf(inputs, 'g'), slots, scalarsOf(c))
      return Object.fromEntries(state.map((name) => [name, tensorOf(inputs, name)]))
    },

    slots: update.slots,
    hyperparameters: Object.keys(update.defaults).filter((name) => name !== 'step'),
    approximate,

    bounds(c, results, _magnitudes, unit) {
      const after = Object.entries(approximate(c, unit))
      return elementwise(results, Object.fromEntries(after.map(([name, list]) => [name, list.map((a) => a.error)])))
    },

    gradients: {},
    // An infinite weight or average meets an infinity of the other sign in some arrangements: see `nan`.
    special: () => ['g', ...(decays ? [] : ['w'])],

    laws: [
      independentParts('elements', 'elements', allOf(['g', ...state], 0), allOf(state, 0)),
      nan(cases({}), ['g', ...state]),
      ...theory.laws(cases),
    ],
    sweeps: [elementSweep(update, squares), ...(theory.sweeps ?? [])],
    common: commonLaws(update, { adaptive: squares.length > 0, decays }),
  }
}

function updateCases<S extends object>(
  { update, scalars, squares }: UpdateTheory<S>,
  { shape, kinds, fixed }: CaseOptions,
): fc.Arbitrary<Case> {
  return fc
    .record({
      shape,
      attrs: fc.record<{ [name: string]: number }>({ ...scalars }),
      kind: fc.constantFrom(...kinds),
      seed: seeds,
    })
    .map(({ shape, attrs, kind, seed }) => {
      const random = new Random(seed)
      const state = (name: string) => {
        const square = squares.includes(name)
        if (kind !== 'awkward') return square ? absolute(values(random, shape, kind)) : values(random, shape, kind)
        return awkwardValues(random, shape, square)
      }
      const names = ['g', ...update.slots]
      const inputs = Object.fromEntries(names.map((name) => [name, state(name)]))
      const w = values(random, shape, kind === 'awkward' ? 'normal' : kind)
      return { layer: update.name, attrs: { ...attrs, ...fixed }, inputs: { w, ...inputs } }
    })
}

function awkwardValues(random: Random, shape: Shape, square: boolean): NdArray {
  const pick = (list: readonly number[]) => list[random.integer(list.length)]
  return map(values(random, shape, 'normal'), () =>
    square ? pick(awkwardSquares) : pick(awkward) * (random.integer(2) * 2 - 1),
  )
}

/**
 * Without a learning rate the weights stay, to the last bit, while the state moves as at any other rate. `decayOf` is what they
 * lose all the same.
 */
export function standstill(
  cases: fc.Arbitrary<Case>,
  decayOf: (c: Case, conventions: Conventions) => number = () => 0,
): Law {
  const says =
    'at learning rate 0 the weights stay, but for a decay of their own, and the moments move as at any other rate'
  const still = (c: Case) => changed(c, { attrs: { learningRate: 0 } })
  const state = ({ w: _, ...slots }: { readonly [name: string]: NdArray }) => slots
  const moments = related('standstill', says, (c) => ({ other: still(c), carry: state }), cases)
  return {
    ...moments,
    async check(subject, c) {
      const decay = decayOf(c, subject.unit.conventions)
      const w = map(inputOf(c, 'w'), (value) => value - decay * value)
      const bounds = decay === 0 ? await unmoved(subject, still(c), ['w']) : await subject.bounds(still(c))
      compare(`standstill: ${says}`, c, await subject.run(still(c)), { w }, { w: bounds.w }, subject)
      await moments.check(subject, c)
    },
  }
}

/** Zero state and zero gradients leave everything at the last bit it had. */
export function rest(slots: readonly string[], cases: fc.Arbitrary<Case>): Law {
  return {
    name: 'rest',
    says: 'without a gradient, now or before, nothing moves',
    cases: cases.map((c) => atRest(c, slots)),
    async check(subject, c) {
      const { g: _, ...state } = c.inputs
      const bounds = await unmoved(subject, c, Object.keys(state))
      compare(`rest: ${this.says}`, c, await subject.run(c), state, bounds, subject)
    },
  }
}

/** What adds 0 rounds nothing, but for kernels that compute with less than their storage holds. */
async function unmoved(subject: Subject, c: Case, names: readonly string[]): Promise<Results> {
  const isStill = isWhole(subject.unit, subject.dtype)
  const arrays = isStill ? each(c.inputs, allOf(names, zeros)) : await subject.bounds(c)
  return Object.fromEntries(names.map((name) => [name, arrays[name]]))
}

type Exponents = { readonly [name: string]: number }

/**
 * Factors on inputs and hyperparameters come out as the same factors on results: powers of two with these exponents,
 * larger ones in float64, so that they leave what float32 can hold.
 */
export function homogeneous(
  name: string,
  says: string,
  exponentsOf: Exponents | ((conventions: Conventions) => Exponents),
): Law {
  return related(name, says, (c, conventions, dtype) => {
    const exponents = typeof exponentsOf === 'function' ? exponentsOf(conventions) : exponentsOf
    const factor = (name: string) => 2 ** ((exponents[name] ?? 0) * (dtype === 'float32' ? 1 : 50))
    const scalars = Object.entries(c.attrs).map(([name, value]) => [name, Number(value) * factor(name)])
    const times = (name: string) => (array: NdArray) => map(array, (value) => value * factor(name))
    const over = (name: string) => (array: NdArray) => map(array, (value) => value / factor(name))
    const named = (arrays: Results, change: typeof times) =>
      each(arrays, Object.fromEntries(Object.keys(arrays).map((name) => [name, change(name)])))
    return {
      other: changed(c, { attrs: Object.fromEntries(scalars), inputs: named(c.inputs, times) }),
      carry: (r) => named(r, over),
    }
  })
}
