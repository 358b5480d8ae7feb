import { type Backend, sgdMomentum } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { createWasm } from '@convkit/backend-wasm'
import { Random } from '@convkit/data'
import { classesOf, decodeCheckpoint, encodeCheckpoint, type LayerSpec, Sequential, Solver } from '@convkit/nn'
import { exportOnnx } from '@convkit/nn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { resNet, uNet } from '../../nn/test/support/nets.js'

const [channels, image, batch, steps] = [3, 8, 16, 20]

interface Net {
  readonly layers: readonly LayerSpec[]
  /** Terms of the longest sum in it. */
  readonly terms: number
}

const nets: { readonly [name: string]: Net } = {
  // Batch norm adds up a channel of the batch, the last convolutions 9 taps of 8 filters.
  'ResNet-20, an eighth as wide': {
    layers: resNet({ blocks: 3, width: 2, classes: 10 }),
    terms: batch * image * image,
  },
  // Its convolutions add up 9 taps of 24 channels at most.
  'a U-Net': { layers: uNet({ width: 4, classes: 10 }), terms: batch * image * image },
}

const random = new Random(3)
const pixels = channels * image * image
/** Noise, and of each class a stripe that is bright. */
const batches = Array.from({ length: steps }, () => {
  const y = Int32Array.from({ length: batch }, () => random.integer(10))
  const noise = random.normal(batch * pixels)
  return { X: noise.map((value, i) => value + (i % 10 === y[Math.floor(i / pixels)] ? 4 : 0)), y }
})

/** The losses of steps of momentum in float64; `disturb` moves parameters before each. */
async function lossesOf(
  backend: Backend,
  { layers }: Net,
  disturb?: (values: Float64Array) => Float64Array,
): Promise<number[]> {
  using model = new Sequential(backend, { input: [channels, image, image], layers, dtype: 'float64', seed: 5 })
  const velocities = model.params.map(({ tensor }) => model.scope.from(new Float64Array(tensor.size), tensor.shape))
  const losses: number[] = []
  for (const { X, y } of batches) {
    using step = model.scope.child()
    if (disturb) for (const { tensor } of model.params) tensor.write(disturb(Float64Array.from(await tensor.read())))
    const { loss, grads } = model.loss(
      step,
      step.from(X, [batch, channels, image, image]),
      step.labels(y, classesOf(model)),
    )
    for (const [i, { tensor }] of model.params.entries()) {
      const [g, v] = [grads[i], velocities[i]]
      if (g && v) sgdMomentum.update(tensor, g, [v], { learningRate: 0.002, momentum: 0.9 })
    }
    losses.push(...(await loss.read()))
  }
  return losses
}

describe.each(Object.entries(nets))('%s', (_, net) => {
  /*
   * A sum of K products that is rounded is the exact sum with each weight moved by a factor 1 + t, |t| <= gamma_K
   * (Higham 2002, section 3.1). So the losses of another right backend differ as those of weights that were so moved.
   */
  test('learns on wasm as on naive: 20 losses within the spread of weights that are off by the rounding', async () => {
    const u = 2 ** -53
    const gamma = (net.terms * u) / (1 - net.terms * u)
    const straight = await lossesOf(createNaive(), net)
    const spread = straight.map(() => 0)
    for (const seed of [1, 2]) {
      const signs = new Random(seed)
      const moved = (values: Float64Array) =>
        values.map((value) => value * (1 + (signs.uniform() < 0.5 ? -gamma : gamma)))
      const losses = await lossesOf(createNaive(), net, moved)
      for (const [k, loss] of losses.entries())
        spread[k] = Math.max(spread[k] ?? 0, Math.abs(loss - (straight[k] ?? 0)))
    }
    const wasm = await createWasm()
    const got = await lossesOf(wasm, net)
    await wasm.close?.()
    for (const [k, loss] of got.entries())
      expect(Math.abs(loss - (straight[k] ?? Number.NaN)), `step ${k}`).toBeLessThanOrEqual(spread[k] ?? 0)
    expect(got.at(-1)).toBeLessThan(got[0] ?? 0)
  })

  test('goes on from a checkpoint bit for bit', async () => {
    const { X, y } = { X: batches.flatMap(({ X }) => [...X]), y: batches.flatMap(({ y }) => [...y]) }
    const set = (rows: number) => ({
      images: Float32Array.from(X.slice(0, rows * pixels)),
      labels: Int32Array.from(y.slice(0, rows)),
      shape: [rows, channels, image, image] as const,
      classNames: Array.from({ length: 10 }, (_, label) => `class ${label}`),
    })
    const data = { train: set(32), validation: set(8) }
    const session = async (seed: number, from: Uint8Array | null, stopAt: number) => {
      using model = new Sequential(createNaive(), { input: [channels, image, image], layers: net.layers, seed })
      using solver = new Solver(model, data, { epochs: 1, batchSize: 8, trainSamples: 4, onWarning() {} })
      if (from) solver.restore(await decodeCheckpoint(from))
      for await (const { iteration } of solver.train()) if (iteration === stopAt) break
      return encodeCheckpoint(await solver.state())
    }
    const unbroken = await session(5, null, Number.POSITIVE_INFINITY)
    // Other first weights: all that matters comes from the checkpoint.
    expect(await session(99, await session(5, null, 2), Number.POSITIVE_INFINITY)).toEqual(unbroken)
  })

  test('is exported to what onnxruntime gives the same scores', async () => {
    using model = new Sequential(createNaive(), { input: [channels, image, image], layers: net.layers, seed: 5 })
    const X = Float32Array.from(batches[0]?.X ?? [])
    const shape = [batch, channels, image, image]
    // Running statistics that are no longer the first ones.
    model.loss(model.scope, model.scope.from(X, shape), model.scope.labels(batches[0]?.y ?? new Int32Array(0), 10))
    const own = await model.scores(model.scope, model.scope.from(X, shape)).read()
    const session = await InferenceSession.create(await exportOnnx(model), { executionProviders: ['cpu'] })
    const { scores } = await session.run({ images: new Tensor('float32', X, shape) })
    await session.release()
    const got = Array.from(scores?.data ?? [], Number)
    expect(got).toHaveLength(own.length)
    const largest = Math.max(...own.map(Math.abs))
    expect(largest).toBeGreaterThan(0)
    for (const [i, score] of own.entries())
      expect(Math.abs(score - (got[i] ?? Number.NaN)) / largest).toBeLessThan(1e-5)
  })
})

test('ResNet-20 has the 0.27 million parameters of the paper', () => {
  const layers = resNet({ blocks: 3, width: 16, classes: 10 })
  using model = new Sequential(createNaive(), { input: [3, 32, 32], layers })
  // 269722 with shortcuts that are padded with zeros; projections have 512 + 2048 weights and 2 * 32 + 2 * 64 of batch norm.
  expect(model.params.reduce((sum, { tensor }) => sum + tensor.size, 0)).toBe(269_722 + 2560 + 192)
})
