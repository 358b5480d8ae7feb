import { type Backend, type FloatDType, type FloatTensor, Labels, Scope, sizeOf } from '@convkit/api'
import { kernelOf } from '../capability.js'
import { underConventions } from '../conventions/oracle.js'
import { exactUnit, unitOf } from './arithmetic.js'
import type { Case, NdArray, Results } from './case.js'
import type { Bounds, LayerSpec, Outputs, Subject, Tensors, Want } from './spec.js'
import { createTally, type Tally } from './tally.js'
import type { Unit } from './unit.js'
import { absolute, map } from './values.js'
import { Violation } from './violation.js'

export function createSubject(
  spec: LayerSpec,
  backend: Backend,
  oracle: Backend,
  dtype: FloatDType,
  tally: Tally = createTally(),
): Subject {
  const unit = unitOf(backend, dtype, kernelOf(spec.layer))
  const definition = underConventions(oracle, unit.conventions)
  const known = new WeakMap<Case, Promise<Results>>()
  const exact = (c: Case) => {
    const results = known.get(c) ?? runCase(spec, definition, 'float64', c)
    known.set(c, results)
    return results
  }
  const knownBounds = new WeakMap<Case, Promise<Bounds>>()
  const boundsOf = async (c: Case, other: Unit) => {
    const results = await exact(c)
    const magnitudes = once(() => runCase(spec, definition, 'float64', absoluteCase(c)))
    const own = await spec.bounds(c, results, magnitudes, unit)
    return sum(own, isSame(unit, other) ? own : await spec.bounds(c, results, magnitudes, other))
  }
  const definite = exactUnit(unit.conventions)
  return {
    spec,
    backend,
    dtype,
    unit,
    tally,
    exact,
    run: (c, want) => runCase(spec, backend, dtype, c, want),
    as: (other) => createSubject(other, backend, oracle, dtype, tally),

    bounds(c, other = definite) {
      if (other !== definite) return boundsOf(c, other)
      const bounds = knownBounds.get(c) ?? boundsOf(c, other)
      knownBounds.set(c, bounds)
      return bounds
    },
  }
}

function isSame(a: Unit, b: Unit): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** What costs a run of the oracle is asked for once, and only where it is needed. */
export function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= compute()
    return result
  }
}

/** The case on absolute values: what the classical error bounds are made of. */
export function absoluteCase(c: Case): Case {
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, array]) => [name, absolute(array)]))
  return { ...c, inputs, ...(c.dy ? { dy: absolute(c.dy) } : {}) }
}

/** Elementwise sum over the outputs that both have. */
export function sum(a: Results, b: Results): Results {
  const total: { [name: string]: NdArray } = {}
  for (const [name, array] of Object.entries(a)) {
    const other = b[name]
    if (other) total[name] = map(array, (value, i) => value + other.data[i])
  }
  return total
}

/** Runs a case in a scope of its own and reads every output. */
export async function runCase(
  spec: LayerSpec,
  backend: Backend,
  dtype: FloatDType,
  c: Case,
  want: Want = {},
): Promise<Results> {
  using scope = new Scope(backend)
  return await readAll(queue(spec, scope, dtype, c, want).outputs)
}

/** Uploads a case's inputs and queues its call. */
export function queue(
  spec: LayerSpec,
  scope: Scope,
  dtype: FloatDType,
  c: Case,
  want: Want = {},
): { inputs: Tensors; outputs: Outputs } {
  const inputs = Object.fromEntries(
    Object.entries(c.inputs).map(([name, array]) => [name, upload(scope, dtype, array, Number(c.attrs.classes))]),
  )
  const dy = c.dy ? upload(scope, dtype, c.dy, 0) : null
  if (dy instanceof Labels) throw new Violation(`${c.layer}: an upstream gradient cannot be int32`)
  const outputs: { [name: string]: FloatTensor } = {}
  for (const [name, tensor] of Object.entries(spec.call(scope, inputs, c, dy, want))) if (tensor) outputs[name] = tensor
  return { inputs, outputs }
}

export async function readAll(outputs: Tensors): Promise<Results> {
  const results: { [name: string]: NdArray } = {}
  for (const [name, tensor] of Object.entries(outputs)) {
    const data = await tensor.read()
    if (data.length !== sizeOf(tensor.shape))
      throw new Violation(`read returned ${data.length} elements for ${name}, which has ${sizeOf(tensor.shape)}`)
    results[name] = { shape: tensor.shape, data: data instanceof Float64Array ? data : new Float64Array(data) }
  }
  return results
}

export function upload(
  scope: Scope,
  dtype: FloatDType,
  { shape, data }: NdArray,
  classes: number,
): FloatTensor | Labels {
  if (data instanceof Int32Array) return scope.labels(data, classes)
  return dtype === 'float64' ? scope.from(data, shape) : scope.from(new Float32Array(data), shape)
}
