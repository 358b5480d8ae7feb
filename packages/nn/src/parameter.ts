import type { FloatDType, Shape } from '@convkit/api'
import { sizeOf } from '@convkit/api'
import type { Parameter, ParameterSource } from './layer.js'

/** The values as an array of a tensor's type; the array itself where it is of that type already. */
export function floatArray(dtype: FloatDType, values: Float32Array | Float64Array): Float32Array | Float64Array {
  const array = dtype === 'float32' ? Float32Array : Float64Array
  return values instanceof array ? values : array.from(values)
}

/** Drawn from N(0, standardDeviation^2); regularised. */
export function weight(source: ParameterSource, name: string, shape: Shape, standardDeviation: number): Parameter {
  const values = floatArray(source.dtype, source.random.normal(sizeOf(shape), standardDeviation))
  return { name, tensor: source.scope.from(values, shape), decay: true }
}

/** One value everywhere; not regularised: biases, norm parameters, running statistics. */
export function constant(source: ParameterSource, name: string, shape: Shape, value: number): Parameter {
  const values = floatArray(source.dtype, new Float64Array(sizeOf(shape)).fill(value))
  return { name, tensor: source.scope.from(values, shape), decay: false }
}
