import { expect, it } from 'vitest'
import { channelStatistics } from '../src/index.js'

it('takes mean and deviation of each channel over pixels and images, in memory or streamed', () => {
  const images = Float32Array.of(1, 3, 10, 10, 5, 7, 10, 10)
  const set = { labels: Int32Array.of(0, 0), shape: [2, 2, 1, 2], classNames: ['one'] } as const
  const expected = { mean: [4, 10], deviation: [Math.sqrt(5), 0] }
  expect(channelStatistics({ ...set, images })).toEqual(expected)
  const readRow = (index: number, into: Float32Array) => into.set(images.subarray(4 * index, 4 * index + 4))
  expect(channelStatistics({ ...set, images: { readRow } })).toEqual(expected)
})
