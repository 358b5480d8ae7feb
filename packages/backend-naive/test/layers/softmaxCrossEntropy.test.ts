import { type LossOptions, Scope, softmaxCrossEntropy } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'

async function evaluate(logits: Float64Array, labels: readonly number[], options: LossOptions = {}) {
  using scope = new Scope(createNaive())
  const classes = logits.length / labels.length
  const inputs = {
    logits: scope.from(logits, [labels.length, classes]),
    labels: scope.labels(Int32Array.from(labels), classes),
  }
  const { loss, saved } = softmaxCrossEntropy.forward(scope, inputs, options)
  const { dlogits } = softmaxCrossEntropy.backward(scope, saved)
  return { loss: (await loss.read())[0], dlogits: await dlogits.read() }
}

describe('softmaxCrossEntropy', () => {
  test('is the mean of -log p[label] over the batch', async () => {
    const logits = draw(18)(12)
    const labels = [1, 3, 0]
    const rows = labels.map((label, n) => {
      const exps = [...logits.slice(4 * n, 4 * n + 4)].map(Math.exp)
      return -Math.log(exps[label] / exps.reduce((a, b) => a + b))
    })
    const { loss } = await evaluate(logits, labels)
    expect(Math.abs(loss - (rows[0] + rows[1] + rows[2]) / 3)).toBeLessThan(1e-15 * 8)
  })

  test('is log C where all logits are equal, and each row of the gradient sums to 0', async () => {
    const { loss, dlogits } = await evaluate(new Float64Array(20).fill(3), [0, 9])
    expect(Math.abs(loss - Math.log(10))).toBeLessThan(1e-15)
    for (const row of [[...dlogits.slice(0, 10)], [...dlogits.slice(10)]])
      expect(Math.abs(row.reduce((a, b) => a + b))).toBeLessThan(1e-15)
  })

  test('does not see a shift of a row that the numbers can hold', async () => {
    const logits = draw(19)(8).map((v) => Math.round(v * 2 ** 20) / 2 ** 20)
    const shifted = logits.map((v, i) => v + (i < 4 ? 1e6 : -1e6))
    expect(await evaluate(shifted, [3, 1])).toEqual(await evaluate(logits, [3, 1]))
  })

  test('stays finite for huge logits', async () => {
    const { loss, dlogits } = await evaluate(Float64Array.of(1e300, -1e300, 0), [1])
    expect(loss).toBe(2e300)
    expect(dlogits).toEqual(Float64Array.of(1, -1, 0))
  })

  test('a scale multiplies loss and gradient', async () => {
    const logits = draw(20)(8)
    const mean = await evaluate(logits, [3, 1])
    const sum = await evaluate(logits, [3, 1], { scale: 1 })
    expect(sum.loss).toBe(2 * mean.loss)
    expect(sum.dlogits).toEqual(mean.dlogits.map((v) => 2 * v))
  })

  test.each([Number.NaN, Infinity])('a %f logit shows in the loss and in its row of the gradient', async (bad) => {
    const { loss, dlogits } = await evaluate(Float64Array.of(0, 1, bad, 0, 1, 2), [0, 0])
    expect(loss).toBe(Number.NaN)
    expect(dlogits[2]).toBe(Number.NaN)
    expect([...dlogits.slice(3)].some(Number.isNaN)).toBe(false)
  })
})
