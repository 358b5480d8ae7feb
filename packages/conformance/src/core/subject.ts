import { type Backend, type FloatDType, type FloatTensor, Labels, Scope, sizeOf } from '@convkit/api'
import type { Case, NdArray, Results } from './case.js'
import type { Bounds, LayerSpec, Outputs, Tensors, Unit, Want } from './spec.js'
import { absolute } from './values.js'
import { Violation } from './violation.js'

/** A layer of a backend under test, in one dtype, with the oracle it is held against. */
export interface Subject {
  readonly spec: LayerSpec
  readonly backend: Backend
  readonly dtype: FloatDType
  readonly unit: Unit
  /** Runs a case on the backend under test; inputs are rounded to its dtype. */
  run(c: Case, want?: Want): Promise<Results>
  /** The same case on the oracle: the plain loops, in float64. */
  exact(c: Case): Promise<Results>
  /** The bound on |run - exact| for each element of each output; or on |run - another|, computed at `other`. */
  bounds(c: Case, other?: Unit): Promise<Bounds>
  /** Another layer of the same backend, in the same dtype. */
  as(spec: LayerSpec): Subject
}

/** Plain IEEE 754 for a dtype, unless the backend declares another arithmetic. */
export function unitOf(backend: Backend, dtype: FloatDType): Unit {
  const declared = backend.arithmetic?.[dtype]
  const single = dtype === 'float32'
  const subnormals = declared?.subnormals ?? 'kept'
  const least = single ? 2 ** -126 : 2 ** -1022
  return {
    u: declared?.unitRoundoff ?? (single ? 2 ** -24 : 2 ** -53),
    eta: subnormals === 'flushed' ? least : single ? 2 ** -149 : 2 ** -1074,
    state: subnormals === 'stateFlushed' ? 2 * least : 0,
    ulps: { ...plainUlps, ...declared?.functionUlps },
    convolution: declared?.convolution ?? 'direct',
  }
}

/**
 * IEEE 754 rounds sqrt and division correctly and says nothing of exp and log. Common libraries stay below 1 ulp (so does
 * fdlibm, which JavaScript engines use); 2 leaves room for short polynomials in float32.
 */
const plainUlps = { exp: 2, log: 2, sqrt: 0.5, divide: 0.5 } as const

/** The arithmetic of the oracle, and of what the suite itself adds up. */
export const oracleUnit: Unit = {
  u: 2 ** -53,
  eta: 2 ** -1074,
  state: 0,
  ulps: plainUlps,
  convolution: 'direct',
}

export function createSubject(spec: LayerSpec, backend: Backend, oracle: Backend, dtype: FloatDType): Subject {
  const unit = unitOf(backend, dtype)
  // Most laws want the results of a case and its bounds, which are made of them.
  const known = new WeakMap<Case, Promise<Results>>()
  const exact = (c: Case) => {
    const results = known.get(c) ?? runCase(spec, oracle, 'float64', c)
    known.set(c, results)
    return results
  }
  const knownBounds = new WeakMap<Case, Promise<Bounds>>()
  const boundsOf = async (c: Case, other: Unit) => {
    const [results, absolutes] = [await exact(c), await exact(absoluteCase(c))]
    const own = await spec.bounds(c, results, absolutes, unit)
    return sum(own, await spec.bounds(c, results, absolutes, other))
  }
  return {
    spec,
    backend,
    dtype,
    unit,
    exact,
    run: (c, want) => runCase(spec, backend, dtype, c, want),
    as: (other) => createSubject(other, backend, oracle, dtype),

    bounds(c, other = oracleUnit) {
      if (other !== oracleUnit) return boundsOf(c, other)
      const bounds = knownBounds.get(c) ?? boundsOf(c, other)
      knownBounds.set(c, bounds)
      return bounds
    },
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
  for (const [name, { shape, data }] of Object.entries(a)) {
    const other = b[name]
    if (other)
      total[name] = { shape, data: Float64Array.from(data, (value, i) => value + (other.data[i] ?? Number.NaN)) }
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
    results[name] = { shape: tensor.shape, data: Float64Array.from(data) }
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
  return dtype === 'float64' ? scope.from(data, shape) : scope.from(Float32Array.from(data), shape)
}
