import { maxPool2d } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { exactly as noError } from '../core/bounds.js'
import type { Case, Results } from '../core/case.js'
import { inputOf } from '../core/inputs.js'
import type { Bounds } from '../core/spec.js'
import type { Unit } from '../core/unit.js'
import { exactly, linear, unitFor } from '../training/inexact.js'
import { poolBackward, poolForward, reluBackward, reluForward } from '../training/piecewise.js'
import type { Stage } from './chain.js'
import { poolOf } from './pooled.js'

const oracle = createNaive()
/** What products of eighths add up to fits numbers of so many bits: float32's. */
const enough = 2 ** -24

/**
 * conv2d or affine - relu - maxPool2d, as far as there are stages, on multiples of 1/8. Nothing is rounded, but by a layer that
 * declares a coarser arithmetic, or by a pool whose ties share; what is goes on through the others, as in a net.
 */
export async function sandwichBounds(
  [first, _relu, pool]: readonly Stage[],
  c: Case,
  results: Results,
  unit: Unit,
): Promise<Bounds> {
  const isWhole = unitFor(first.spec, unit).u <= enough
  if (isWhole && !(pool && unit.conventions.maxPool2d.ties === 'split'))
    return Object.fromEntries(Object.entries(results).map(([name, array]) => [name, noError(array)]))
  const w = inputOf(c, 'w')
  const b = c.inputs.b ?? { shape: [results.y.shape[1]], data: new Float64Array(results.y.shape[1]) }
  const layer = { attrs: first.attrs(c), inputs: { w, b } }
  const arithmetic = { oracle, unit }
  const x = exactly(inputOf(c, 'x'))
  const { y: computed } = await linear(first.spec, layer, { x }, arithmetic)
  const h = isWhole ? exactly(computed.value) : computed
  const r = reluForward(h)
  const d = pool && maxPool2d.dims(r.value.shape, poolOf(c))
  const y = d ? poolForward(r, d) : r
  if (!c.dy) return { y: y.error }
  const dr = d ? poolBackward(r, exactly(c.dy), d, unit.of('maxPool2d')) : exactly(c.dy)
  const dh = reluBackward(h, dr, unit.of('relu'))
  const { dx, dw, db } = await linear(first.spec, layer, { x, dy: dh }, arithmetic)
  return { y: y.error, dx: dx.error, dw: dw.error, db: db.error }
}
