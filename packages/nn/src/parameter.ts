import type { FloatDType, Shape } from '@convkit/api'
import { sizeOf } from '@convkit/api'
import type { Parameter, ParameterSource } from './layer.js'
import { hostValues } from './solver/tensors.js'

/** The values as an array of a tensor's type; the array itself where it is of that type already. */
export function floatArray(dtype: FloatDType, values: Float32Array | Float64Array): Float32Array | Float64Array {
  const array = dtype === 'float32' ? Float32Array : Float64Array
  return values instanceof array ? values : array.from(values)
}

/** Of first values, which are taken only where a file does not give others; regularised. */
export function weight(source: ParameterSource, name: string, shape: Shape, values: () => Float64Array): Parameter {
  return { name, tensor: first(source, name, shape, values), decay: true }
}

/** One value everywhere, or those given; not regularised: biases, norm parameters, running statistics. */
export function constant(
  source: ParameterSource,
  name: string,
  shape: Shape,
  value: number | readonly number[],
): Parameter {
  const values = () =>
    typeof value === 'number' ? new Float64Array(sizeOf(shape)).fill(value) : Float64Array.from(value)
  return { name, tensor: first(source, name, shape, values), decay: false }
}

/** With the values that are given, which have to fit before anything is allocated, or else with others. */
function first({ scope, dtype, values }: ParameterSource, name: string, shape: Shape, others: () => Float64Array) {
  if (!values) return scope.from(floatArray(dtype, others()), shape)
  const given = hostValues('model file', name, { dtype, shape }, values)
  return scope.from(given instanceof Int32Array ? floatArray(dtype, Float64Array.from(given)) : given, shape)
}
