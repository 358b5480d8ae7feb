import {
  type Backend,
  ConfigError,
  type Data,
  defineElementLoss,
  elementLossDefinitions,
  elementLossOf,
  Scope,
  ShapeError,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { checksOf, collect, runConformance } from '../../src/index.js'
import { elementLossSpec } from '../../src/layers/elementLoss.js'
import { describeConformance } from '../../src/vitest.js'

/** e^2 / 2 within delta of the target, and a line beyond it (Huber 1964). */
const huber = defineElementLoss('huber', {
  formula: 'e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), e = x - t',
  defaults: { delta: 1 },
  loss(a, of) {
    const [half, one, delta] = [a.constant(0.5), a.constant(1), of('delta')]
    const error = a.sub(of('x'), of('t'))
    const size = a.mul(error, a.sign(error))
    const near = a.mul(half, a.add(one, a.sign(a.sub(delta, size))))
    const line = a.mul(delta, a.sub(size, a.mul(half, delta)))
    return a.add(a.mul(near, a.mul(half, a.mul(error, error))), a.mul(a.sub(one, near), line))
  },
})
const checks = checksOf(elementLossSpec(huber))

describe("a loss of one's own", () => {
  describeConformance('where compositions are taken', createNaive, { checks, runs: 5 })

  it('fails where it is computed by another formula', async () => {
    const { forward, backward } = elementLossDefinitions.meanSquaredError.methods
    const wrong = () => {
      const naive = createNaive()
      const methods = { forward, backward }
      return {
        ...naive,
        compose: (kernel, call) =>
          naive.compose?.(
            { ...kernel, composition: methods[kernel.method === 'forward' ? 'forward' : 'backward'].composition },
            call,
          ),
      } satisfies Backend<Data>
    }
    const { checks: results } = await collect(runConformance(wrong, { checks, runs: 5, reproduce: false }))
    const failed = results.filter(({ status }) => status === 'failed').map(({ id }) => id)
    expect(failed).toContain('huber/forward/float64')
    expect(failed).toContain('huber/backward/float32')
  })

  it('has hyperparameters, and refuses others', async () => {
    using scope = new Scope(createNaive())
    const [x, t] = [
      [3, 0.5],
      [0, 0],
    ].map((data) => scope.from(Float64Array.from(data), [2]))
    const loss = async (delta: number) =>
      (await elementLossOf(huber, { delta }).forward(scope, { x, t }).loss.read())[0]
    expect([await loss(1), await loss(4)]).toEqual([(2.5 + 0.125) / 2, (4.5 + 0.125) / 2])
    expect(elementLossOf(huber).hyperparameters).toEqual({ delta: 1 })
    // @ts-expect-error: another name
    expect(() => elementLossOf(huber, { dleta: 1 })).toThrow(
      new ConfigError('huber: there is no option dleta; did you mean delta? (known: delta)'),
    )
    expect(() => elementLossOf(huber, { delta: Number.NaN })).toThrow(ConfigError)
  })

  it('wants a target of the shape of the prediction', () => {
    using scope = new Scope(createNaive())
    const [x, t] = [
      [2, 3],
      [3, 2],
    ].map((shape) => scope.alloc(shape, 'float32'))
    expect(() => elementLossOf(huber).forward(scope, { x, t })).toThrow(ShapeError)
  })
})
