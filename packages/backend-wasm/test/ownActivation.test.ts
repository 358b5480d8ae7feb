import { defineActivation } from '@convkit/api'
import { activationSpec, checksOf } from '@convkit/conformance'
import { describeConformance } from '@convkit/conformance/vitest'
import { createWasm } from '../src/index.js'

const silu = defineActivation('silu', { formula: 'y[i] = x[i] sigmoid(x[i])', y: (a, x) => a.mul(x, a.sigmoid(x)) })

describeConformance("an activation of one's own", () => createWasm({ threads: 2, debug: true }), {
  checks: checksOf(activationSpec(silu)),
  runs: 5,
})
