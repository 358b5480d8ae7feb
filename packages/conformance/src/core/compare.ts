import type { Shape } from '@convkit/api'
import type { Case, NdArray, Results } from './case.js'
import type { Bounds } from './spec.js'
import { type Evidence, Violation } from './violation.js'

/** Throws a `Violation` for the worst element where |got - expected| > bound, over all outputs that `bounds` names. */
export function compare(law: string, c: Case, got: Results, expected: Results, bounds: Bounds): void {
  let worst: { evidence: Evidence; excess: number } | null = null
  for (const [name, bound] of Object.entries(bounds)) {
    const found = worstElement(law, name, got[name], expected[name], bound.data, c)
    if (found && (!worst || found.excess > worst.excess)) worst = found
  }
  if (worst) throw new Violation(describe(c, worst.evidence), { case: c, evidence: worst.evidence })
}

function worstElement(
  law: string,
  name: string,
  got: NdArray | undefined,
  expected: NdArray | undefined,
  bound: NdArray['data'],
  c: Case,
): { evidence: Evidence; excess: number } | null {
  if (!got || !expected) throw new Violation(`${c.layer}: ${name} was not computed`, { case: c })
  if (got.shape.join() !== expected.shape.join() || got.data.length !== bound.length)
    throw new Violation(`${c.layer}: ${name} has shape [${got.shape}], expected [${expected.shape}]`, { case: c })
  let worst = -1
  let excess = 0
  let broken = 0
  for (let i = 0; i < bound.length; i++) {
    const g = got.data[i]
    const e = expected.data[i]
    const b = bound[i]
    if (g === e || agrees(g, e, b)) continue
    broken++
    const by = Math.abs(g - e) / Math.max(b, Number.MIN_VALUE)
    if (worst < 0 || !(by <= excess)) {
      worst = i
      excess = by
    }
  }
  if (worst < 0) return null
  const evidence: Evidence = {
    law,
    output: name,
    index: unravel(worst, got.shape),
    expected: expected.data[worst] ?? Number.NaN,
    got: got.data[worst] ?? Number.NaN,
    bound: bound[worst] ?? 0,
    broken,
    of: bound.length,
  }
  return { evidence, excess }
}

/** NaN agrees with NaN only, an infinity with itself only. */
function agrees(got: number, expected: number, bound: number): boolean {
  if (Object.is(got, expected) || got === expected) return true
  if (Number.isNaN(expected) || Number.isNaN(got) || !Number.isFinite(expected)) return false
  return Math.abs(got - expected) <= bound
}

function unravel(flat: number, shape: Shape): number[] {
  const index: number[] = []
  for (const length of [...shape].reverse()) {
    index.unshift(flat % length)
    flat = Math.floor(flat / length)
  }
  return index
}

function describe(c: Case, e: Evidence): string {
  return `${c.layer}: ${e.law}: ${e.output}[${e.index}] is ${e.got}, expected ${e.expected} within ${e.bound.toExponential(2)} (${e.broken} of ${e.of} elements wrong)`
}
