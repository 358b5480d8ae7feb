import { createWasm } from '@convkit/backend-wasm'
import { type Dataset, Random } from '@convkit/data'
import { decodeCheckpoint, encodeCheckpoint, Sequential, Solver } from '@convkit/nn'
import { exportOnnx } from '@convkit/nn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, describe, expect, test } from 'vitest'
import type { Recipe } from '../src/config/recipe.js'
import { recipes } from '../src/training/recipes.js'

const [classes, input] = [10, [3, 32, 32] as const]
const pixels = 3 * 32 * 32

/** Pictures of 0..255 that are brighter on one side, as no noise is. */
function pictures(n: number, seed: number): Dataset {
  const random = new Random(seed)
  const images = Float32Array.from(
    random.normal(n * pixels, 40),
    (value, i) => 128 + value + 3 * ((i % 32) - 16) * Math.sin(Math.floor(i / pixels)),
  )
  const labels = Int32Array.from({ length: n }, (_, row) => row % classes)
  return {
    images,
    labels,
    shape: [n, ...input],
    classNames: Array.from({ length: classes }, (_, label) => `class ${label}`),
  }
}

const data = { train: pictures(6, 1), validation: pictures(4, 2) }
const itself = ({ images, shape }: Dataset) => ({ images, targets: 'images', shape }) as const
const ofImages = { train: itself(data.train), validation: itself(data.validation) }
const wasm = await createWasm()
afterAll(() => wasm.close?.())

const nets = (
  await Promise.all(Object.entries(recipes).map(async ([name, load]) => [name, (await load()).recipe] as const))
)
  .map(([name, recipe]): readonly [string, Recipe] => [name, recipe])
  .filter(([, { layers }]) => layers)

function build({ layers, loss, reg = 0 }: Recipe, seed: number): Sequential {
  const stack = layers?.({ input, classes, train: data.train }) ?? []
  return new Sequential(wasm, { input, layers: stack, reg, seed, ...(loss && { loss }) })
}

describe.each(nets)('the net of %s, in its full width', (_, recipe) => {
  test('is exported to what onnxruntime gives the same scores', async () => {
    using model = build(recipe, 5)
    const { images, labels } = data.validation
    const shape = [labels.length, ...input]
    const X = model.scope.from(images, shape)
    // Running statistics that are no longer the first ones.
    model.loss(model.scope, X, recipe.targets === 'images' ? X : model.scope.labels(labels, classes))
    const own = await model.scores(model.scope, X).read()
    const session = await InferenceSession.create(await exportOnnx(model), { executionProviders: ['cpu'] })
    const { scores } = await session.run({ images: new Tensor('float32', images, shape) })
    await session.release()
    const got = Array.from(scores?.data ?? [], Number)
    const largest = Math.max(...own.map(Math.abs))
    expect(largest).toBeGreaterThan(0)
    expect(got).toHaveLength(own.length)
    expect(Math.max(...got.map((score, i) => Math.abs(score - own[i]))) / largest).toBeLessThan(1e-5)
  })

  test('goes on from a checkpoint bit for bit', async () => {
    const { optimizer = 'sgd', learningRate, hyperparameters, groups, averageDecay } = recipe
    const session = async (seed: number, from: Uint8Array | null, stopAt: number) => {
      using model = build(recipe, seed)
      using solver = new Solver(model, recipe.targets === 'images' ? ofImages : data, {
        ...{ epochs: 1, batchSize: 2, trainSamples: 2, keepBest: false, onWarning() {} },
        optimizer: {
          name: optimizer,
          ...(learningRate !== undefined && { learningRate }),
          ...hyperparameters,
          ...(groups && { groups }),
        },
        averageWeights: averageDecay === undefined ? null : { decay: averageDecay, every: 1 },
      })
      if (from) solver.restore(await decodeCheckpoint(from))
      for await (const { iteration } of solver.train()) if (iteration === stopAt) break
      return encodeCheckpoint(await solver.state())
    }
    const unbroken = await session(5, null, Number.POSITIVE_INFINITY)
    // Other first weights: all that matters comes from the checkpoint.
    const again = await session(99, await session(5, null, 1), Number.POSITIVE_INFINITY)
    expect(Buffer.compare(again, unbroken)).toBe(0)
  })
})
