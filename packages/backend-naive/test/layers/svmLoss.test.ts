import { Scope, svmLoss } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'

async function evaluate(logits: Float64Array, labels: readonly number[], scale: number) {
  using scope = new Scope(createNaive())
  const classes = logits.length / labels.length
  const inputs = {
    logits: scope.from(logits, [labels.length, classes]),
    labels: scope.labels(Int32Array.from(labels), classes),
  }
  const { loss, saved } = svmLoss.forward(scope, inputs, { scale })
  const { dlogits } = svmLoss.backward(scope, saved)
  return { loss: (await loss.read())[0], dlogits: await dlogits.read() }
}

describe('svmLoss', () => {
  test('sums the margins that are above 0', async () => {
    // Margins against label 0: 0.5, 3 and (left out) -1.
    const { loss, dlogits } = await evaluate(Float64Array.of(1, 0.5, 3, -1), [0], 2)
    expect(loss).toBe(2 * (0.5 + 3))
    expect(dlogits).toEqual(Float64Array.of(-4, 2, 2, 0))
  })

  test('has gradient 0 at the kink', async () => {
    expect(await evaluate(Float64Array.of(1, 0), [0], 1)).toEqual({ loss: 0, dlogits: Float64Array.of(0, 0) })
  })

  test('a NaN logit shows in the loss and in its row of the gradient, through every margin it enters', async () => {
    const other = await evaluate(Float64Array.of(0, 1, Number.NaN, 0, 1, 2), [0, 0], 1)
    expect(other).toEqual({ loss: Number.NaN, dlogits: Float64Array.of(Number.NaN, 1, Number.NaN, -2, 1, 1) })
    const own = await evaluate(Float64Array.of(Number.NaN, 1, 2), [0], 1)
    expect(own.dlogits).toEqual(Float64Array.of(Number.NaN, Number.NaN, Number.NaN))
  })
})
