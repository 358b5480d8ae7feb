import { expect, it } from 'vitest'
import { splitsOf } from '../src/data/pixelSet.js'
import { copyPlanes, frameOf, values } from '../src/data/pixels.js'

it('splits are dealt in order, less the mean of the training images alone', () => {
  const pixels = Uint8Array.from({ length: 4 * values }, (_, i) => [10, 30, 50, 70][Math.floor(i / values)] ?? 0)
  const { train, validation, test, mean } = splitsOf({
    own: true,
    title: 'four',
    pixels,
    labels: [0, 1, 1, 0],
    classNames: ['a', 'b'],
    counts: { train: 2, validation: 1, test: 1 },
  })
  expect(new Set(mean)).toEqual(new Set([20]))
  expect([train, validation, test].map(({ images }) => [...new Set(images)])).toEqual([[-10, 10], [30], [50]])
  expect([train, validation, test].map(({ labels }) => [...labels])).toEqual([[0, 1], [1], [0]])
  expect(train.shape).toEqual([2, 3, 32, 32])
})

it('a picture becomes planes, and planes that picture', () => {
  const pixels = Uint8ClampedArray.from({ length: 32 * 32 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 7) % 256))
  const planes = new Uint8Array(values)
  copyPlanes(pixels, 0, 32, planes)
  expect(frameOf(planes).data).toEqual(pixels)
})
