import { DataError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { expect, test, vi } from 'vitest'
import { encodeModel, type HostTensor, layers, readSafetensors, Sequential, ThreeLayerConvNet } from '../src/index.js'
import { build, valuesOf } from './solver/fixture.js'

/** A naive backend that counts what is allocated on it. */
function counting() {
  const backend = createNaive()
  const alloc = vi.spyOn(backend, 'alloc')
  return { backend, sizes: () => alloc.mock.calls.map(([size]) => size) }
}

const zeros = (...shape: number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
})

test('a model starts with the values that it is given, and draws none', async () => {
  using model = build()
  const { tensors } = readSafetensors(await encodeModel(model))
  using other = build(undefined, { seed: 9, values: tensors })
  expect(await valuesOf(other)).toEqual(await valuesOf(model))
  const sizes = { inputDim: [1, 4, 4], numFilters: 2, filterSize: 3, hiddenDim: 3, numClasses: 2 } as const
  using three = new ThreeLayerConvNet(createNaive(), { ...sizes, seed: 4 })
  const { tensors: values } = readSafetensors(await encodeModel(three))
  using again = new ThreeLayerConvNet(createNaive(), { ...sizes, values })
  expect(readSafetensors(await encodeModel(again)).tensors).toEqual(values)
})

test('a model whose tensors have other sizes is refused before any is allocated', () => {
  const { backend, sizes } = counting()
  const huge = { inputDim: [3, 4, 4], numFilters: 3_000_000, filterSize: 15, hiddenDim: 3, numClasses: 2 } as const
  const values = new Map([['W1', zeros(3_000_000, 3, 15, 0)]])
  expect(() => new ThreeLayerConvNet(backend, { ...huge, values })).toThrow(
    new DataError("model file: W1 is float32 [3000000,3,15,0] but this model's is float32 [3000000,3,15,15]"),
  )
  const many = Array.from({ length: 3000 }, () => layers.conv2d({ filters: 1000, kernel: 3, pad: 'same' }))
  expect(() => new Sequential(backend, { input: [3, 32, 32], layers: many, values: new Map() })).toThrow(
    new DataError('model file: conv2d1.w is missing'),
  )
  expect(sizes()).toEqual([])
})
