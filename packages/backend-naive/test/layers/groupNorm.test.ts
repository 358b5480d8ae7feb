import { batchNorm, groupNorm, Scope } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'

describe('groupNorm', () => {
  test('of one image with a group a channel is batchNorm of that image', async () => {
    using scope = new Scope(createNaive())
    const random = draw(15)
    const x = scope.from(random(3 * 4), [1, 3, 2, 2])
    const gamma = scope.from(random(3), [3])
    const beta = scope.from(random(3), [3])
    const runningMean = scope.from(new Float64Array(3), [3])
    const runningVar = scope.from(new Float64Array(3), [3])
    const batch = batchNorm.forward(scope, { x, gamma, beta, runningMean, runningVar }, { mode: 'train' })
    const group = groupNorm.forward(scope, { x, gamma, beta }, { groups: 3 })
    expect(await group.y.read()).toEqual(await batch.y.read())
    const dy = scope.from(random(3 * 4), [1, 3, 2, 2])
    const fromBatch = batchNorm.backward(scope, dy, batch.saved)
    const fromGroup = groupNorm.backward(scope, dy, group.saved)
    expect(await fromGroup.dbeta.read()).toEqual(await fromBatch.dbeta.read())
    const [wanted, got] = [await fromBatch.dx.read(), await fromGroup.dx.read()]
    // The two formulas round their intermediate values in another order.
    for (let i = 0; i < wanted.length; i++) expect(Math.abs(got[i] - wanted[i])).toBeLessThan(1e-13)
  })

  test('a group does not see the other groups or images', async () => {
    using scope = new Scope(createNaive())
    const gamma = scope.from(Float64Array.of(1, 2, 3, 4), [4])
    const xs = draw(16)(2 * 4 * 3)
    const before = await groupNorm
      .forward(scope, { x: scope.from(xs, [2, 4, 3]), gamma, beta: gamma }, { groups: 2 })
      .y.read()
    xs[7] = Number.NaN
    const after = await groupNorm
      .forward(scope, { x: scope.from(xs, [2, 4, 3]), gamma, beta: gamma }, { groups: 2 })
      .y.read()
    // Element 7 lies in image 0, group 1: elements 6 to 11.
    expect(after).toEqual(before.map((v, i) => (i >= 6 && i < 12 ? Number.NaN : v)))
  })
})
