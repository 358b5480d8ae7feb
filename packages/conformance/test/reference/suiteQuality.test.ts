import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NdArray } from '../../src/core/case.js'
import { compare } from '../../src/core/compare.js'
import { absolute, map } from '../../src/core/values.js'
import { comparisons } from '../../src/reference/checks.js'
import type { Comparison } from '../../src/reference/comparison.js'
import { createRounded, styles } from '../support/rounded.js'
import { files, inFloat32, inFloat64 } from './support.js'

function hold({ case: c, got, expected, bounds }: Comparison): void {
  compare('reference', c, got, expected, bounds, { dtype: 'float64' })
}

test('there are at least the 55 files', () => {
  expect(files.length).toBeGreaterThanOrEqual(55)
})

test('in float64 the bound is below 1e-10 of the value but for the few elements that cancel', async () => {
  let [elements, tight] = [0, 0]
  for (const [, file] of files)
    for (const { expected, bounds } of await inFloat64(file))
      for (const [name, { data }] of Object.entries(expected)) {
        elements += data.length
        for (const [i, value] of data.entries()) if (bounds[name].data[i] <= 1e-10 * Math.abs(value)) tight++
      }
  expect(elements).toBeGreaterThan(250_000)
  expect(tight / elements).toBeGreaterThan(0.98)
})

describe.each(files)('%s', (_, file) => {
  test('every expected element has a finite bound, in both precisions', async () => {
    for (const { expected, bounds } of [...(await inFloat64(file)), ...(await inFloat32(file))])
      for (const name of Object.keys(bounds)) {
        const { data } = bounds[name]
        expect(data.length).toBe(expected[name].data.length)
        expect(data.every((bound: number) => bound >= 0 && Number.isFinite(bound))).toBe(true)
      }
  })

  test('both precisions are within their bounds', async () => {
    for (const comparison of [...(await inFloat64(file)), ...(await inFloat32(file))]) hold(comparison)
  })
})

describe.each(Object.entries(styles))('float32 rounded after every operation, %s', (_, style) => {
  const untouched = /conv2d|Pool2d|relu/
  test.each(files.filter(([name]) => !untouched.test(name)))('%s: is within the same bounds', async (_, file) => {
    const bench = { backend: createRounded(style), oracle: createNaive(), dtype: 'float32' } as const
    for (const comparison of await comparisons(file, bench)) hold(comparison)
  })
})

/** A thousandth of the tensor's largest magnitude; of 1 where the tensor is all zero. */
function alteration(array: NdArray): number {
  return 1e-3 * (Math.max(...absolute(array).data) || 1)
}

/** The elements whose altered expectation would pass for right, whichever way it is altered. */
function undetected({ got, expected, bounds }: Comparison, name: string): number[] {
  const by = alteration(expected[name])
  const passes = (i: number, want: number) => Math.abs(got[name].data[i] - want) <= bounds[name].data[i]
  return [...expected[name].data.keys()].filter((i) => {
    const right = expected[name].data[i]
    return passes(i, right + by) || passes(i, right - by)
  })
}

describe('an expected element that is off by a thousandth of its tensor', () => {
  test.each(files)('%s: fails in float64, whichever element it is', async (_, file) => {
    for (const comparison of await inFloat64(file))
      for (const name of Object.keys(comparison.expected)) expect(undetected(comparison, name), name).toEqual([])
  })

  test('fails the whole comparison, and is the one that is named', async () => {
    const pick = fc.record({
      entry: fc.constantFrom(...files),
      part: fc.nat(),
      tensor: fc.nat(),
      element: fc.nat(),
      sign: fc.constantFrom(1, -1),
    })
    await fc.assert(
      fc.asyncProperty(pick, async ({ entry: [, file], part, tensor, element, sign }) => {
        const parts = await inFloat64(file)
        const comparison = parts[part % parts.length]
        const names = Object.keys(comparison.expected)
        const name = names[tensor % names.length]
        const right = comparison.expected[name]
        const at = element % right.data.length
        const altered = map(right, (value, i) => (i === at ? value + sign * alteration(right) : value))
        const changed = { ...comparison, expected: { ...comparison.expected, [name]: altered } }
        expect(() => hold(changed)).toThrow(`: ${name}[`)
        expect(() => hold(changed)).toThrow(`(1 of ${right.data.length} elements wrong)`)
      }),
      { numRuns: 300 },
    )
  })

  test('fails in float32 too, in all tensors but those whose sums are too long, or whose mean is too large, for it', async () => {
    const blunt = new Set<string>()
    for (const [name, file] of files)
      for (const comparison of await inFloat32(file))
        for (const output of Object.keys(comparison.bounds))
          if (undetected(comparison, output).length > 0) blunt.add(`${name} ${output}`)
    expect([...blunt]).toEqual([
      'batchNorm_large_mean y',
      'batchNorm_large_mean dgamma',
      'conv2d_first_layer_7x7 dw',
      'conv2d_first_layer_7x7 db',
      'conv2d_notebook_speed dw',
      'conv2d_notebook_speed db',
    ])
  })
})
