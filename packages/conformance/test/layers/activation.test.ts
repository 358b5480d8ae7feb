import { activationDefinitions, numbers } from '@convkit/api'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { activationSpec } from '../../src/layers/activation.js'

const seed = Number(process.env.CONVKIT_TEST_SEED ?? 231)
const smallestNormal = 2 ** -126

// sigmoid'(105.015076) is 2e-46: right in float32 are -Infinity and NaN for a dy of -Infinity.
describe.each(['silu', 'sigmoid', 'tanh'] as const)('%s', (name) => {
  it('has slopes that float32 holds wherever its gradients may be infinite', () => {
    const { specialCases, layer } = activationSpec(activationDefinitions[name])
    if (!specialCases) throw new Error(`${layer} has special cases of its own`)
    const { composition } = activationDefinitions[name].methods.backward
    const slope = (x: number) => composition(numbers, (operand) => (operand === 'dy' ? 1 : x)).dx
    fc.assert(
      fc.property(specialCases, ({ inputs: { x } }) =>
        [...x.data].map(slope).every((value) => Math.abs(value) >= smallestNormal),
      ),
      { seed },
    )
  })
})
