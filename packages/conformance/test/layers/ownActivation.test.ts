import { activationOf, type Backend, ConfigError, type Data, defineActivation, Scope, withFallback } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { checksOf, collect, runConformance } from '../../src/index.js'
import { activationSpec } from '../../src/layers/activation.js'
import { describeConformance } from '../../src/vitest.js'

const quickGelu = defineActivation('quickGelu', {
  formula: 'y[i] = x[i] sigmoid(1.702 x[i])',
  y: (a, x) => a.mul(x, a.sigmoid(a.mul(a.constant(1.702), x))),
})
const checks = checksOf(activationSpec(quickGelu))

/** Four functions, and no kernel. */
function bare(): Backend<{ data: Data }> {
  return {
    name: 'bare',
    description: 'four functions',
    kernels: { float32: {}, float64: {} },
    alloc: (length, dtype) => ({ data: dtype === 'float64' ? new Float64Array(length) : new Float32Array(length) }),
    free() {},
    write(storage, data) {
      storage.data = data.slice()
    },
    async read({ data }, into) {
      if (!into) return data.slice()
      into.set(data)
      return into
    },
  }
}

describe("an activation of one's own", () => {
  describeConformance('where compositions are taken', createNaive, { checks, runs: 5 })
  describeConformance('where there is no kernel at all', () => withFallback(bare(), createNaive()), { checks, runs: 5 })

  it('fails where it is computed by another formula', async () => {
    const other = defineActivation('quickGelu', {
      formula: '',
      y: (a, x) => a.mul(x, a.sigmoid(a.mul(a.constant(1.701), x))),
    })
    const wrong = () => {
      const naive = createNaive()
      const methods = new Map(Object.entries(other.methods))
      return {
        ...naive,
        compose: (kernel, call) => naive.compose?.({ ...kernel, ...methods.get(kernel.method) }, call),
      } satisfies Backend<Data>
    }
    const { checks: results } = await collect(runConformance(wrong, { checks, runs: 5, reproduce: false }))
    const failed = results.filter(({ status }) => status === 'failed').map(({ id }) => id)
    expect(failed).toContain('quickGelu/forward/float64')
    expect(failed).toContain('quickGelu/backward/float32')
  })

  it('is refused by its name alone where no kernel and no composition runs', () => {
    using scope = new Scope(bare())
    const x = scope.alloc([3], 'float32')
    expect(() => activationOf(quickGelu).forward(scope, { x })).toThrow(
      'quickGelu.forward: backend bare has no float32 kernel; wrap it in withFallback(backend, host)',
    )
  })

  it('may not be called as a layer of the library', () => {
    const relu = defineActivation('relu', { formula: '', y: (_, x) => x })
    expect(() => activationOf(relu)).toThrow(
      new ConfigError('the library has a layer relu: expected another name for one of your own'),
    )
  })
})
