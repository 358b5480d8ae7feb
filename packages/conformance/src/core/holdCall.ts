import type { Backend, FloatDType } from '@convkit/api'
import { specs } from '../checks.js'
import { unitOf } from './arithmetic.js'
import { type CallValues, caseOfCall } from './callCase.js'
import type { Results } from './case.js'
import { compare } from './compare.js'
import { each } from './inputs.js'
import { definitionOf } from './referee.js'
import { sum } from './subject.js'
import { map } from './values.js'

/** Sandwiches have bounds for exact operands alone; relu moves no more than what it is given. */
const beforeRelu: { readonly [fused: string]: string } = { affineRelu: 'affine', convRelu: 'conv2d' }

/**
 * Holds what one call of a kernel gave, `got`, to the definition on the operands that it was given. Throws a `Violation` where
 * a result is outside its derived bound.
 */
export async function holdCall(
  call: CallValues,
  got: Results,
  { backend, dtype, oracle }: { readonly backend: Backend; readonly dtype: FloatDType; readonly oracle: Backend },
): Promise<void> {
  const fused = beforeRelu[call.layer]
  const layer = fused ?? call.layer
  const spec = specs.find((spec) => spec.layer === layer)
  if (!spec) throw new Error(`there is no layer ${layer}`)
  const found = caseOfCall(call)
  if (!found) return
  const c = { ...found, layer }
  const unit = unitOf(backend, dtype, call.layer)
  const { exact, magnitudes, bounds: boundsOfOracle } = await definitionOf(spec, oracle, c, unit.conventions)
  const bounds = sum(await spec.bounds(c, exact, magnitudes, unit), boundsOfOracle)
  const expected = fused ? each(exact, { y: (y) => map(y, (value) => Math.max(value, 0)) }) : exact
  // The case that makes every call of vector has a result of each call's name.
  const results = layer === 'vector' && got.y ? { [call.method]: got.y } : got
  const wanted = Object.fromEntries(Object.entries(bounds).filter(([name]) => name in results))
  const shaped = each(
    results,
    Object.fromEntries(Object.keys(results).map((name) => [name, (a) => ({ ...a, shape: expected[name].shape })])),
  )
  compare(`${call.layer}.${call.method} in a step`, c, shaped, expected, wanted, { dtype })
}
