import {
  type Backend,
  DataError,
  type FloatDType,
  type FloatTensor,
  type Labels,
  Scope,
  type Tensor,
} from '@convkit/api'
import { input, type Outputs, type ReferenceCase } from './case.js'
import { layers } from './layers.js'
import { optimizers } from './optimizers.js'
import { threeLayerConvNet } from './threeLayerConvNet.js'

/** What a case may use: its inputs as tensors of the run's dtype, made in the run's scope. */
export interface Bench {
  readonly case: ReferenceCase
  readonly backend: Backend
  readonly scope: Scope
  readonly dtype: FloatDType
  /** `in.<name>`. */
  tensor(name: string): FloatTensor
  /** `in.<name>`, or null where the file has none. */
  optional(name: string): FloatTensor | null
  /** Any values as a tensor. */
  from(data: Float64Array, shape: readonly number[]): FloatTensor
  /** `grad.y`, or null for a case that checks forward only. */
  readonly dy: FloatTensor | null
  labels(classes: number): Labels
  /** Changes values on their way, for those who ask what an error in them would do. */
  readonly disturb?: Disturb
}

/** `name` is `grad.<parameter>` before a training step and the parameter's own name after it. */
export type Disturb = (step: number, name: string, values: Float64Array) => Float64Array

export type Results = { readonly [name: string]: Tensor | Float64Array }
export type Runner = (bench: Bench) => Results | Promise<Results>

const runners: { readonly [layer: string]: Runner } = { ...layers, ...optimizers, threeLayerConvNet }

/** Runs a case on a backend, at the api's tensor level; the answer bears the file's names. */
export async function run(backend: Backend, dtype: FloatDType, c: ReferenceCase, disturb?: Disturb): Promise<Outputs> {
  const runner = runners[c.layer]
  if (!runner) throw new DataError(`reference case: no layer is called ${c.layer}`)
  using scope = new Scope(backend)
  const results = await runner({ ...createBench(backend, scope, dtype, c), ...(disturb ? { disturb } : {}) })
  const outputs = new Map<string, Float64Array>()
  for (const [name, result] of Object.entries(results))
    outputs.set(name, result instanceof Float64Array ? result : Float64Array.from(await result.read()))
  return outputs
}

function createBench(backend: Backend, scope: Scope, dtype: FloatDType, c: ReferenceCase): Bench {
  const from = (data: Float64Array, shape: readonly number[]): FloatTensor =>
    dtype === 'float32' ? scope.from(Float32Array.from(data), shape) : scope.from(data, shape)
  const named = (name: string) => {
    const { data, shape } = input(c, name)
    return from(data, shape)
  }
  return {
    case: c,
    backend,
    scope,
    dtype,
    from,
    tensor: (name) => named(`in.${name}`),
    optional: (name) => (c.inputs.has(`in.${name}`) ? named(`in.${name}`) : null),
    dy: c.inputs.has('grad.y') ? named('grad.y') : null,
    labels: (classes) => scope.labels(Int32Array.from(input(c, 'in.labels').data), classes),
  }
}
