import { ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { channelStatistics, Random } from '@convkit/data'
import { expect, test } from 'vitest'
import { decodeModel, encodeModel, layers, Sequential } from '../src/index.js'

type StandardiseOptions = layers.StandardiseOptions

const [n, channels, size] = [20, 3, 4]
const random = new Random(1)
const images = Float32Array.from({ length: n * channels * size * size }, () => 50 + 30 * random.normal(1)[0])
const set = { images, labels: new Int32Array(n), shape: [n, channels, size, size], classNames: ['one'] } as const

function build(options?: StandardiseOptions): Sequential {
  const stack = [layers.standardise(options), layers.affine({ units: 2 })]
  return new Sequential(createNaive(), { input: [channels, size, size], layers: stack, dtype: 'float64' })
}

async function outputOf(model: Sequential): Promise<Float64Array> {
  const X = model.scope.from(Float64Array.from(images), set.shape)
  const outputs: Promise<ArrayLike<number>>[] = []
  model.loss(model.scope, X, model.scope.labels(set.labels, 2), { onOutput: (_, y) => outputs.push(y.read()) })
  return Float64Array.from((await outputs[0]) ?? [])
}

test("with the training set's statistics every channel has mean 0 and deviation 1, in training too", async () => {
  using model = build(channelStatistics(set))
  const images = await outputOf(model)
  const { mean, deviation } = channelStatistics({ ...set, images: Float32Array.from(images) })
  // Outputs are of size 1; float32 rounds each of them by at most 2^-24 of it, and none is above 8.
  for (const value of mean) expect(Math.abs(value)).toBeLessThan(8 * 2 ** -24)
  for (const value of deviation) expect(Math.abs(value - 1)).toBeLessThan(8 * 2 ** -24)
})

test('without options, pixels are divided by 64, exactly', async () => {
  using model = build()
  expect(await outputOf(model)).toEqual(Float64Array.from(images, (value) => value / 64))
})

test('its statistics are buffers of the file, which another model takes over', async () => {
  using model = build({ mean: [1, 2, 3], deviation: [4, 5, 6] })
  expect(model.params.map(({ name }) => name)).toEqual(['affine1.w', 'affine1.b'])
  expect(model.buffers.map(({ name }) => name)).toEqual(['standardise1.mean', 'standardise1.variance'])
  using other = build()
  expect(decodeModel(await encodeModel(model), other)).toEqual([])
  expect(await outputOf(other)).toEqual(await outputOf(model))
})

test.each<[StandardiseOptions, string]>([
  [{ mean: [1, 2] }, 'standardise1: mean must be a number, or one for each of 3 channels, got 1,2'],
  [{ mean: Number.NaN }, 'standardise1: mean must be a number'],
  [{ deviation: [1, 0, 1] }, 'standardise1: deviation must be above 0, got 1,0,1'],
  [{ deviation: JSON.parse('"wide"') }, 'standardise1: deviation must be a number'],
])('%o is refused', (options, message) => {
  expect(() => build(options)).toThrow(ConfigError)
  expect(() => build(options)).toThrow(message)
})
