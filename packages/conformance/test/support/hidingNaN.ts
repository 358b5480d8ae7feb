import type { Arithmetic, Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { positiveOrZero } from '../../src/mutants/faults.js'

export const ieee: Arithmetic = {
  unitRoundoff: 2 ** -24,
  subnormals: 'kept',
  nonFinite: 'ieee',
  deterministic: true,
}

/** Naive in float32, but for a relu that makes 0 of a NaN: right wherever nothing is said of NaN. */
export function createHidingNaN(declared: Partial<Arithmetic>): Backend<Data> {
  const naive = createNaive()
  const { float32 = {} } = naive.kernels
  const { relu } = float32
  if (!relu) throw new Error('naive has it')
  return {
    ...naive,
    arithmetic: { float32: { ...ieee, ...declared } },
    kernels: {
      float32: {
        ...float32,
        relu: {
          ...relu,
          forward(d, x, y) {
            for (let i = 0; i < d.size; i++) y[i] = positiveOrZero(x[i])
          },
        },
      },
    },
  }
}
