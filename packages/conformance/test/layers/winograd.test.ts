import type { Backend, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { rounded } from '../../../mutants/src/mutants/faults.js'
import { allChecks } from '../../src/checks.js'
import { transforms } from '../../src/layers/winograd.js'
import { styles } from '../support/rounded.js'
import { createWinograd, float32, float64, type Transforms } from '../support/winograd.js'

const style = styles['from left to right']
const arithmetics = { float32: float32(style), float64 } as const
const names = ['forward', 'backward', 'large', '3x3', 'adjoint', 'scale', 'translation', 'padding', 'channels']

function checksOf(dtype: FloatDType, laws: readonly string[]) {
  return allChecks().filter((check) => check.dtype === dtype && check.layer === 'conv2d' && laws.includes(check.law))
}

/** The first check that fails, and why; null where all pass. */
async function fault(backend: Backend, dtype: FloatDType, laws: readonly string[], runs = 8): Promise<string | null> {
  for (const check of checksOf(dtype, laws)) {
    const { failure } = await check.run({ backend, oracle: createNaive(), seed: 231, runs, shrink: false })
    if (failure) return failure.message
  }
  return null
}

describe('a backend that declares Winograd convolutions', () => {
  test.each(Object.entries(styles))('passes where every operation is rounded to float32, %s', async (_, style) => {
    expect(await fault(createWinograd('float32', float32(style)), 'float32', names)).toBeNull()
  })

  test('passes in float64', async () => {
    expect(await fault(createWinograd('float64', float64), 'float64', names)).toBeNull()
  })

  test('may compute directly all the same', async () => {
    const { arithmetic } = createWinograd('float64', float64)
    const direct = { ...createNaive(), ...(arithmetic && { arithmetic }) }
    expect(await fault(direct, 'float64', names)).toBeNull()
  })

  test('fails where it multiplies as TF32 does', async () => {
    const operand = (value: number) => rounded(value, 11)
    const backend = createWinograd('float32', float32(style), { operand })
    for (const law of ['forward', 'backward', '3x3']) expect(await fault(backend, 'float32', [law], 40)).toContain(law)
  })

  const faults = Object.entries(transforms).flatMap(([name, matrix]) =>
    matrix.flatMap((row, i) => row.map((_, j) => [name, i, j] as const)),
  )
  test.each(faults)('fails by an entry of %s that is off by a 4096th: row %i, column %i', async (name, i, j) => {
    const matrix = transforms[name as keyof Transforms]
    const wrong = matrix.map((row, r) => row.map((value, c) => (r === i && c === j ? value + 2 ** -12 : value)))
    for (const dtype of ['float32', 'float64'] as const) {
      const backend = createWinograd(dtype, arithmetics[dtype], { transforms: { ...transforms, [name]: wrong } })
      for (const law of ['forward', '3x3']) expect(await fault(backend, dtype, [law], 40)).toContain(law)
    }
  })
})

describe('a backend that computes so and does not say it', () => {
  test.each(['float32', 'float64'] as const)('fails in %s', async (dtype) => {
    const backend = createWinograd(dtype, arithmetics[dtype], { declared: false })
    expect(await fault(backend, dtype, ['3x3'], 40)).toContain('3x3')
    const declaration = allChecks().filter(({ id }) => id === `backend/declaration/${dtype}`)
    for (const check of declaration) {
      const { failure } = await check.run({ backend, oracle: createNaive(), seed: 231, runs: 2 })
      expect(failure?.message).toContain("it transforms them, as Winograd's algorithm does")
    }
    expect(declaration).toHaveLength(1)
  })
})
