import { runInNewContext } from 'node:vm'
import { DataError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DatasetInput, toDataset } from '../src/dataset.js'
import type { Numbers } from '../src/numbers.js'

const pixels = Array.from({ length: 16 }, (_, i) => i)
const labels = [2, 0, 1, 2]
const plain: DatasetInput = { images: pixels, labels, shape: [4, 1, 2, 2], classNames: ['a', 'b', 'c'] }
const take = (change: Partial<DatasetInput>) => () => toDataset({ ...plain, ...change }, 'the set', 3)
const foreign = (type: string, values: readonly number[]): Numbers =>
  runInNewContext(`${type}.from([${values.map((v) => (type.startsWith('Big') ? `${v}n` : v)).join()}])`)

const types = ['Float32', 'Float64', 'Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32'].map(
  (name) => `${name}Array`,
)

describe('a data set of the user', () => {
  test.each([...types, 'BigInt64Array', 'BigUint64Array', 'Array'])(
    'is taken as %s, of this and of another realm',
    (type) => {
      const own: { from(values: readonly (number | bigint)[]): Numbers } = Reflect.get(globalThis, type)
      const cast = (values: readonly number[]) => own.from(type.startsWith('Big') ? values.map(BigInt) : values)
      for (const make of [cast, (values: readonly number[]) => foreign(type, values)]) {
        const set = take({ images: make(pixels), labels: make(labels) })()
        expect(set.images).toEqual(Float32Array.from(pixels))
        expect(set.labels).toEqual(Int32Array.from(labels))
        expect(set.images instanceof Float32Array && set.labels instanceof Int32Array).toBe(true)
      }
    },
  )

  test('is not copied where its arrays are right already', () => {
    const [images, own] = [Float32Array.from(pixels), Int32Array.from(labels)]
    const set = take({ images, labels: own })()
    expect(set.images).toBe(images)
    expect(set.labels).toBe(own)
    const cloned = structuredClone(images)
    expect(take({ images: cloned })().images).toMatchObject({ buffer: cloned.buffer })
  })

  test('is refused with the index of the first pixel that is not finite', () => {
    const bad = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300)
    const cast = fc.constantFrom(
      (values: readonly number[]) => Array.from(values),
      (values: readonly number[]) => Float32Array.from(values),
      (values: readonly number[]) => Float64Array.from(values),
    )
    fc.assert(
      fc.property(fc.nat({ max: 15 }), bad, cast, (index, value, cast) => {
        const images = cast(pixels)
        images[index] = value
        expect(take({ images })).toThrow(`the set: images[${index}] is ${images[index]}; expected finite numbers`)
        expect(take({ images })).toThrow(DataError)
      }),
      { seed: 1 },
    )
  })

  test('is refused with the index of the first label that is no class', () => {
    const cast = fc.constantFrom(
      (values: readonly number[]) => Array.from(values),
      (values: readonly number[]) => Float64Array.from(values),
    )
    const bad = fc.constantFrom(-1, 3, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32)
    fc.assert(
      fc.property(fc.nat({ max: 3 }), bad, cast, (index, value, cast) => {
        const own = cast(labels)
        own[index] = value
        expect(take({ labels: own })).toThrow(
          new DataError(`the set: labels[${index}] is ${value}; expected whole numbers in [0, 3)`),
        )
      }),
      { seed: 2 },
    )
    expect(take({ labels: BigInt64Array.from([0n, -1n, 0n, 0n]) })).toThrow('labels[1] is -1;')
  })

  test('is refused where labels are one-hot, flat or in rows', () => {
    const oneHot = labels.map((label) => [0, 1, 2].map((c) => (c === label ? 1 : 0)))
    for (const given of [
      oneHot,
      oneHot.flat(),
      Float32Array.from(oneHot.flat()),
      oneHot.map((row) => Uint8Array.from(row)),
    ])
      expect(take({ labels: given as Numbers })).toThrow('the set: labels look one-hot; expected one class index a row')
  })

  test.each<[string, object, string]>([
    ['too few labels', { labels: [0, 1] }, 'the set: 4 rows and 2 labels'],
    ['too many pixels', { images: new Float32Array(17) }, 'images of shape [4,1,2,2] have 16 values, got 17'],
    ['no rows', { shape: [0, 1, 2, 2] }, 'the set has no rows'],
    ['no shape', { shape: undefined }, 'shape must be a list of whole numbers'],
    ['a fraction of a row', { shape: [1.5, 1, 2, 2] }, 'shape must be a list of whole numbers'],
    ['rows of pixels', { images: [[1], [2], [3], [4]] }, 'images[0] is an array; expected one flat array'],
    ['text', { labels: ['0', 1, 2, 0] }, 'labels[0] is "0"; expected a number'],
    ['holes', { images: new Array(16) }, 'images[0] is undefined; expected a number'],
    ['an object', { labels: { length: 4 } }, 'labels must be a typed array or an array of numbers, got Object'],
    ['a view without a type', { images: new DataView(new ArrayBuffer(16)) }, 'got DataView'],
    ['nothing', { images: null }, 'images must be a typed array or an array of numbers, got null'],
  ])('is refused with %s', (_, change, message) => {
    expect(take(change)).toThrow(DataError)
    expect(take(change)).toThrow(message)
  })
})
