import type { Backend } from '@convkit/api'
import { kernelOf } from '../capability.js'
import type { Case, NdArray, Results } from '../core/case.js'
import type { Approx } from '../core/running.js'
import type { LayerSpec, Want } from '../core/spec.js'
import { runCase } from '../core/subject.js'
import type { Unit } from '../core/unit.js'
import { absolute, map } from '../core/values.js'
import { batchNormErrors, batchNormSpec } from '../layers/batchNorm.js'

/** Exact values, and how far computed ones may be from them. */
export interface Inexact {
  readonly value: NdArray
  readonly error: NdArray
}

export const exactly = (value: NdArray): Inexact => ({ value, error: map(value, () => 0) })

export function inexact(like: NdArray, list: readonly Approx[]): Inexact {
  return { value: map(like, (_, i) => list[i].value), error: map(like, (_, i) => list[i].error) }
}

export const approxOf = ({ value, error }: Inexact): Approx[] =>
  Array.from(value.data, (v, i) => ({ value: v, error: error.data[i] }))

const plus = (a: NdArray, b: NdArray) => map(a, (value, i) => value + b.data[i])

/** 0 * Infinity, where nothing is known of an operand. */
const known = (error: NdArray) => map(error, (e) => (Number.isNaN(e) ? Number.POSITIVE_INFINITY : e))

/** What goes into a layer y = x w + b with exact weights: its image or features, and its upstream gradient. */
export interface Operands {
  readonly x: Inexact
  readonly dy?: Inexact
}

export interface Arithmetic {
  /** Computes values and magnitudes, in float64. */
  readonly oracle: Backend
  /** What is bounded, each layer by its own. */
  readonly unit: Unit
}

/** The arithmetic of one layer among others. */
export function unitFor({ layer }: Pick<LayerSpec, 'layer'>, unit: Unit): Unit {
  const kernel = kernelOf(layer)
  return kernel ? unit.of(kernel) : unit
}

/**
 * conv2d or affine on operands that are off. With |x' - x| <= ex and |dy' - dy| <= edy, the same layer on magnitudes says
 * what they bring along: y by ex |w|, dx by edy |w|, dw by edy (|x| + ex) + |dy| ex, db by sums of edy. What it rounds is
 * its own bound, on |x| + ex and |dy| + edy.
 */
export async function linear(
  spec: LayerSpec,
  c: Pick<Case, 'attrs' | 'inputs'>,
  { x, dy }: Operands,
  { oracle, unit }: Arithmetic,
  want: Want = {},
): Promise<{ readonly [result: string]: Inexact }> {
  const { b, ...weights } = c.inputs
  const run = (parameters: Results, own: NdArray, upstream: NdArray | undefined) =>
    runCase(spec, oracle, 'float64', caseOf(parameters, own, upstream), want)
  const caseOf = (parameters: Results, own: NdArray, upstream: NdArray | undefined): Case => ({
    layer: spec.layer,
    attrs: c.attrs,
    inputs: { x: own, ...parameters },
    ...(upstream ? { dy: upstream } : {}),
  })
  const w = absolute(weights.w)
  const size = { x: absolute(x.value), dy: dy && absolute(dy.value) }
  const reach = { x: plus(size.x, x.error), dy: size.dy && dy && plus(size.dy, dy.error) }

  const value = await run(c.inputs, x.value, dy?.value)
  const magnitudes = await run({ w, b: absolute(b) }, reach.x, reach.dy)
  const magnitudesOf = async () => magnitudes
  const rounding = await spec.bounds(caseOf(c.inputs, reach.x, reach.dy), value, magnitudesOf, unitFor(spec, unit))
  const byX = await run({ w }, x.error, size.dy)
  const byDy = dy ? await run({ w, b }, reach.x, dy.error) : {}
  const brought: Results = dy ? { y: byX.y, dx: byDy.dx, dw: plus(byX.dw, byDy.dw), db: byDy.db } : { y: byX.y }
  return Object.fromEntries(
    Object.keys(value).map((name) => [name, { value: value[name], error: known(plus(brought[name], rounding[name])) }]),
  )
}

/** batchNorm, in train mode, on operands that are off. */
export async function normalized(
  c: Pick<Case, 'attrs' | 'inputs'>,
  { x, dy }: Operands,
  { oracle, unit }: Arithmetic,
): Promise<{ readonly [result: string]: Inexact }> {
  const own: Case = {
    layer: batchNormSpec.layer,
    attrs: { ...c.attrs, mode: 'train' },
    inputs: { x: x.value, ...c.inputs },
    ...(dy ? { dy: dy.value } : {}),
  }
  const errors = batchNormErrors(own, unit.of('batchNorm'), { x: x.error.data, ...(dy ? { dy: dy.error.data } : {}) })
  const values = Object.entries(await runCase(batchNormSpec, oracle, 'float64', own))
  return Object.fromEntries(
    values.map(([name, value]) => [name, { value, error: map(value, (_, i) => errors[name][i]) }]),
  )
}
