import { type FloatDType, type FloatTensor, Labels } from '@convkit/api'
import type { Case, NdArray, Results } from './case.js'
import type { Tensors } from './spec.js'
import { Violation } from './violation.js'

/** An input that the layer's cases always have. */
export function inputOf(c: Case, name: string): NdArray {
  const array = c.inputs[name]
  if (!array) throw new Violation(`${c.layer}: the case has no input ${name}`)
  return array
}

export function tensorOf(inputs: Tensors, name: string): FloatTensor {
  const tensor = inputs[name]
  if (!tensor || tensor instanceof Labels) throw new Violation(`the case has no float input ${name}`)
  return tensor
}

export function labelsOf(inputs: Tensors, name: string): Labels {
  const tensor = inputs[name]
  if (!(tensor instanceof Labels)) throw new Violation(`the case has no labels ${name}`)
  return tensor
}

/** The case as a backend sees it in a dtype, so that what is compared with it starts from the same numbers. */
export function rounded(c: Case, dtype: FloatDType): Case {
  if (dtype === 'float64') return c
  const round = ({ shape, data }: NdArray) =>
    data instanceof Int32Array ? { shape, data } : { shape, data: new Float64Array(new Float32Array(data)) }
  return changed(c, {
    inputs: Object.fromEntries(Object.entries(c.inputs).map(([name, array]) => [name, round(array)])),
    dy: c.dy && round(c.dy),
  })
}

/** A case with some inputs, attributes or its upstream gradient replaced. */
export function changed(
  c: Case,
  changes: { readonly attrs?: Case['attrs']; readonly inputs?: Case['inputs']; readonly dy?: NdArray | undefined },
): Case {
  return {
    ...c,
    attrs: { ...c.attrs, ...changes.attrs },
    inputs: { ...c.inputs, ...changes.inputs },
    ...(changes.dy ? { dy: changes.dy } : {}),
  }
}

/** The named arrays, each through its own function; names that are absent are dropped. */
export function each(arrays: Results, change: { readonly [name: string]: (array: NdArray) => NdArray }): Results {
  return Object.fromEntries(
    Object.entries(change).flatMap(([name, f]) => {
      const array = arrays[name]
      return array ? [[name, f(array)]] : []
    }),
  )
}

export const same = (array: NdArray): NdArray => array
