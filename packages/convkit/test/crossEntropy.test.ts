import { type Backend, type FloatDType, Scope } from '@convkit/api'
import { createGpu } from '@convkit/backend-gpu'
import { createNaive } from '@convkit/backend-naive'
import { createWasm } from '@convkit/backend-wasm'
import { Random } from '@convkit/data'
import { losses } from '@convkit/nn'
import { expect, test } from 'vitest'

const [rows, classes] = [9, 5]
// What float32 holds too.
const x = Float32Array.from(new Random(1).normal(rows * classes), (value) => 3 * value)
const t = Int32Array.from({ length: rows }, (_, row) => (2 * row) % classes)

async function costAndSlopes(
  backend: Backend,
  dtype: FloatDType,
  options: Parameters<typeof losses.softmaxCrossEntropy>[0],
) {
  using scope = new Scope(backend)
  const logits = scope.from(dtype === 'float32' ? x : Float64Array.from(x), [rows, classes])
  const { loss, backward } = losses
    .softmaxCrossEntropy(options)
    .forward(scope, logits, scope.labels(t, classes), { share: 1 })
  return [...(await loss.read()), ...(await backward().read())]
}

test.each([
  ['wasm', 'float64', createWasm],
  ['wasm', 'float32', createWasm],
  ['gpu', 'float32', () => createGpu({ provider: 'cpu' })],
] as const)('weighted and smoothed cross-entropy on %s in %s is that of naive in float64', async (_, dtype, create) => {
  const backend = await create()
  for (const labelSmoothing of [0, 0.2]) {
    const options = { classWeights: [0.3, 2, 0, 0.3, 5], labelSmoothing }
    const right = await costAndSlopes(createNaive(), 'float64', options)
    const got = await costAndSlopes(backend, dtype, options)
    // Sums of 9 rows and 5 classes, whose exponentials and logarithms are good to a few units, each of terms that are no larger than
    // the largest score.
    const u = dtype === 'float32' ? 2 ** -24 : 2 ** -53
    const bound = 100 * u * Math.max(...x.map(Math.abs))
    expect(got).toHaveLength(right.length)
    for (const [i, value] of got.entries()) expect(Math.abs(value - right[i])).toBeLessThanOrEqual(bound)
  }
  await backend.close?.()
})
