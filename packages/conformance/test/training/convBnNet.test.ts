import type { Backend } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mutantNamed } from '../../../mutants/src/mutants/named.js'
import { compare } from '../../src/core/compare.js'
import { rounded } from '../../src/core/inputs.js'
import { createSubject } from '../../src/core/subject.js'
import { convBnNetSpec } from '../../src/training/convBnNet.js'
import { firstStep, stepSpec } from '../../src/training/step.js'
import { adamSpec } from '../../src/updates/adam.js'
import { createRounded, styles } from '../support/rounded.js'

const scalars = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
const steps = convBnNetSpec.cases.map((c) => firstStep(rounded(c, 'float32'), adamSpec, scalars, convBnNetSpec))

/** Holds first steps of Adam; how much of the bounds was used at most, and the median bound of a gradient. */
async function hold(backend: Backend): Promise<{ most: number; typical: number }> {
  const subject = createSubject(stepSpec(adamSpec, convBnNetSpec), backend, createNaive(), 'float32')
  const widths: number[] = []
  let most = 0
  await fc.assert(
    fc.asyncProperty(steps, async (c) => {
      const [got, exact, bounds] = [await subject.run(c), await subject.exact(c), await subject.bounds(c)]
      compare('net', c, got, exact, bounds, subject)
      expect(Object.keys(bounds).sort()).toEqual(Object.keys(exact).sort())
      for (const [name, { data }] of Object.entries(bounds))
        for (let i = 0; i < data.length; i++)
          if (data[i] > 0) most = Math.max(most, Math.abs(got[name].data[i] - exact[name].data[i]) / data[i])
      widths.push(...bounds['dconvBnReluPool1.w'].data)
    }),
    { numRuns: 60 },
  )
  return { most, typical: widths.sort((a, b) => a - b)[Math.floor(widths.length / 2)] }
}

describe('a step of a net with batch norm, bounded as a whole:', () => {
  test.each(Object.entries(styles))('float32 rounded after every operation is within, %s', async (_, style) => {
    const { most, typical } = await hold(createRounded(style))
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan(0.5)
    expect(typical).toBeLessThan(1e-3)
  })

  test.each(['batchNorm/statistics-constant', 'relu/gradient-always-passes'])('%s is not', async (name) => {
    await expect(hold(mutantNamed(name).create())).rejects.toThrow()
  })
})
