import { defineActivation } from '@convkit/api'
import { activationSpec, checksOf } from '@convkit/conformance'
import { describeConformance } from '@convkit/conformance/vitest'
import { createWasm } from '../src/index.js'

const quickGelu = defineActivation('quickGelu', {
  formula: 'y[i] = x[i] sigmoid(1.702 x[i])',
  y: (a, x) => a.mul(x, a.sigmoid(a.mul(a.constant(1.702), x))),
})

describeConformance("an activation of one's own", () => createWasm({ threads: 2, debug: true }), {
  checks: checksOf(activationSpec(quickGelu)),
  runs: 5,
})
