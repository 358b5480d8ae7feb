import { type Backend, type FloatDType, kernelsOf, UnsupportedError, withSyncBatchNorm } from '@convkit/api'
import type fc from 'fast-check'
import type { Case } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { Law } from '../core/spec.js'
import { runCase } from '../core/subject.js'

/**
 * Two machines that hold the same rows have the statistics of one; their sums and counts are twice as large. The bound
 * is that of one (docs/numerics.md) where 1 / sqrt(1) is 1.
 */
export function synchronised(cases: fc.Arbitrary<Case>): Law {
  return {
    name: 'synchronised',
    says: 'over two machines that hold the same rows batch norm is what it is on one: kernels take the count, sums and eps that they are given',
    cases,
    weight: 2,
    async check(subject, c) {
      const { spec, backend, dtype, unit } = subject
      if (unit.ulps.sqrt > 0.5 || unit.ulps.divide > 0.5) return
      checkKernels(backend, dtype)
      const twice = withSyncBatchNorm(backend, async (values) => {
        for (let i = 0; i < values.length; i++) values[i] *= 2
      })
      const got = await runCase(spec, twice, dtype, c)
      compare(`synchronised: ${this.says}`, c, got, await subject.exact(c), await subject.bounds(c), subject)
    },
  }
}

/** It calls kernels that a forward pass alone does without. */
function checkKernels(backend: Backend, dtype: FloatDType): void {
  const table: object = backend.kernels[dtype]?.batchNorm ?? {}
  for (const { method } of kernelsOf('batchNorm'))
    if (!(method in table))
      throw new UnsupportedError(`batchNorm.${method}: backend ${backend.name} has no ${dtype} kernel`)
}
