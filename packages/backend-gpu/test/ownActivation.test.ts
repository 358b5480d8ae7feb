import { activationOf, defineActivation, Scope } from '@convkit/api'
import { activationSpec, checksOf } from '@convkit/conformance'
import { describeConformance } from '@convkit/conformance/vitest'
import { expect, it } from 'vitest'
import { createGpu } from '../src/index.js'

const swish = (slope: number) =>
  defineActivation('swish', {
    formula: 'y[i] = x[i] sigmoid(slope x[i])',
    y: (a, x) => a.mul(x, a.sigmoid(a.mul(a.constant(slope), x))),
  })

describeConformance("an activation of one's own", () => createGpu({ provider: 'cpu' }), {
  checks: checksOf(activationSpec(swish(1))),
  runs: 5,
})

it('two activations of one name are two programs', async () => {
  const backend = await createGpu({ provider: 'cpu' })
  using scope = new Scope(backend)
  const x = scope.from(Float32Array.of(1), [1])
  const at = async (slope: number) => (await activationOf(swish(slope)).forward(scope, { x }).y.read())[0]
  for (const slope of [1, 3]) expect(await at(slope)).toBeCloseTo(1 / (1 + Math.exp(-slope)), 6)
  await backend.close?.()
})
