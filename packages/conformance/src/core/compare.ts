import type { DType, FloatDType, Shape } from '@convkit/api'
import type { Case, NdArray, Results } from './case.js'
import { largest, spellApart } from './numbers.js'
import type { Bounds } from './spec.js'
import type { Tally } from './tally.js'
import { type Evidence, type Sides, Violation } from './violation.js'

/** Where results come from, and where the elements that were compared are counted. A `Subject` is one. */
export interface Compared {
  readonly dtype: FloatDType
  readonly tally?: Tally
}

/**
 * Throws a `Violation` for the worst element where |got - expected| > bound, over all outputs that `bounds` names. Where
 * a bound is infinite the element need only be finite, and is counted as unbounded. `sides` says in words where the two
 * numbers come from, for laws that hold a backend against itself.
 */
export function compare(
  law: string,
  c: Case,
  got: Results,
  expected: Results,
  bounds: Bounds,
  { dtype, tally }: Compared,
  sides?: Sides,
): void {
  let worst: Found | null = null
  for (const [name, bound] of Object.entries(bounds)) {
    const found = worstElement(name, got[name], expected[name], bound.data, c, dtype)
    tally?.add(bound.data.length, found.unbounded)
    if (found.at >= 0 && (!worst || found.excess > worst.excess)) worst = found
  }
  if (!worst) return
  const { name, at, broken } = worst
  const [array, right, bound] = [got[name], expected[name], bounds[name]]
  fail(c, dtype, {
    law,
    output: name,
    index: unravel(at, array.shape),
    expected: right.data[at],
    got: array.data[at],
    bound: bound.data[at],
    broken,
    of: bound.data.length,
    ...(sides ? { sides } : {}),
  })
}

/** The same for one number that a law has computed in float64 from what the backend gave. */
export function compareNumber(c: Case, evidence: Omit<Evidence, 'broken' | 'of'>, tally?: Tally): void {
  const verdict = judge(evidence.got, evidence.expected, evidence.bound, 'float64')
  tally?.add(1, verdict === 'unbounded' ? 1 : 0)
  if (verdict === 'wrong') fail(c, 'float64', { ...evidence, broken: 1, of: 1 })
}

interface Found {
  readonly name: string
  /** -1 where none is wrong. */
  readonly at: number
  readonly excess: number
  readonly broken: number
  readonly unbounded: number
}

function worstElement(
  name: string,
  got: NdArray | undefined,
  expected: NdArray | undefined,
  bound: NdArray['data'],
  c: Case,
  dtype: FloatDType,
): Found {
  const results = alike(name, got, expected, c)
  if (results.got.length !== bound.length)
    throw new Violation(`${c.layer}: ${name} has ${results.got.length} elements and ${bound.length} bounds`, {
      case: c,
    })
  let [at, excess, difference, broken, unbounded] = [-1, 0, 0, 0, 0]
  for (let i = 0; i < bound.length; i++) {
    const g = results.got[i]
    const e = results.expected[i]
    const b = bound[i]
    if (g === e && b !== Number.POSITIVE_INFINITY) continue
    const verdict = judge(g, e, b, dtype)
    if (verdict === 'unbounded') unbounded++
    if (verdict !== 'wrong') continue
    broken++
    const off = Number.isNaN(g - e) ? Number.POSITIVE_INFINITY : Math.abs(g - e)
    const by = off / Math.max(b, Number.MIN_VALUE)
    // Beyond a bound of 0 everything is infinitely far.
    if (at < 0 || !(by < excess || (by === excess && off <= difference))) {
      at = i
      excess = by
      difference = off
    }
  }
  return { name, at, excess, broken, unbounded }
}

/** The values of two results under one name. Throws a `Violation` where one is missing, or their shapes differ. */
export function alike(
  name: string,
  got: NdArray | undefined,
  expected: NdArray | undefined,
  c: Case,
): { readonly got: NdArray['data']; readonly expected: NdArray['data'] } {
  if (!got || !expected) throw new Violation(`${c.layer}: ${name} was not computed`, { case: c })
  if (got.shape.join() !== expected.shape.join())
    throw new Violation(`${c.layer}: ${name} has shape [${got.shape}], expected [${expected.shape}]`, { case: c })
  return { got: got.data, expected: expected.data }
}

/**
 * NaN agrees with NaN only, an infinity with itself. A finite number may come out as infinity only where
 * |expected| + bound exceeds the largest number of the dtype. An infinite bound lets finite results pass, and no more.
 */
function judge(got: number, expected: number, bound: number, dtype: FloatDType): 'right' | 'wrong' | 'unbounded' {
  if (!Number.isFinite(expected)) return Object.is(got, expected) ? 'right' : 'wrong'
  if (Number.isNaN(got)) return 'wrong'
  if (bound === Number.POSITIVE_INFINITY) return Number.isFinite(got) ? 'unbounded' : 'wrong'
  if (got === expected || Math.abs(got - expected) <= bound) return 'right'
  return !Number.isFinite(got) && Math.sign(got) * expected + bound > largest[dtype] ? 'right' : 'wrong'
}

export function unravel(flat: number, shape: Shape): number[] {
  const index: number[] = []
  for (const length of [...shape].reverse()) {
    index.unshift(flat % length)
    flat = Math.floor(flat / length)
  }
  return index
}

/** Throws the `Violation` that `evidence` makes. */
export function fail(c: Case, dtype: FloatDType, evidence: Evidence): never {
  const text = worstText(dtype, evidence, { within: 'within', wrong: 'elements wrong' })
  throw new Violation(`${c.layer}: ${evidence.law}: ${text}`, { case: c, evidence })
}

/** `dx[0,1] is 2, expected 1 ± 1.2e-7 (1 of 4 wrong)`; where the law holds a backend against itself, what gave each. */
export function worstText(
  dtype: DType,
  evidence: Evidence,
  { within, wrong } = { within: '±', wrong: 'wrong' },
): string {
  const { output, index, broken, of, sides } = evidence
  const [got, expected] = spellApart(dtype, evidence.got, evidence.expected)
  const bound = evidence.bound === 0 ? '0' : evidence.bound.toPrecision(3)
  const what = `${output}${index.length > 0 ? `[${index.join(',')}]` : ''} is ${got}`
  const count = of > 1 || index.length > 0 ? ` (${broken} of ${of} ${wrong})` : ''
  if (!sides) return `${what}, expected ${expected} ${within} ${bound}${count}`
  const apart = evidence.bound === 0 ? 'they must be the same' : `they may differ by ${bound}`
  return `${what} ${sides[0]}, but ${expected} ${sides[1]}; ${apart}${count}`
}
