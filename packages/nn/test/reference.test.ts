import { readdirSync, readFileSync } from 'node:fs'
import { DataError, withFallback } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeSafetensors } from '../src/safetensors.js'
import { type ReferenceCase, readCase, type Values } from './reference/case.js'
import { type Checked, checkFloat32, checkFloat64, failuresOf } from './reference/check.js'
import { within } from './reference/compare.js'
import { run } from './reference/run.js'
import { createSingle, singleLayers } from './support/single.js'

const folder = new URL('fixtures/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.safetensors'))
const cases = files.map((file): [string, ReferenceCase] => [
  file.replace('.safetensors', ''),
  readCase(readFileSync(new URL(file, folder))),
])

// Strict: a kernel that is not naive's own is an error.
const backend = withFallback(createNaive(), createNaive(), { strict: true })

function once<T>(make: (c: ReferenceCase) => Promise<T>): (c: ReferenceCase) => Promise<T> {
  const made = new Map<ReferenceCase, Promise<T>>()
  return (c) => {
    const value = made.get(c) ?? make(c)
    made.set(c, value)
    return value
  }
}
const inFloat64 = once((c) => checkFloat64(backend, c))
const inFloat32 = once((c) => checkFloat32(backend, backend, c))

test('there are at least the 55 cases', () => {
  expect(cases.length).toBeGreaterThanOrEqual(55)
})

test('in float64 the bound is below 1e-10 of the value but for the few elements that cancel', async () => {
  let [elements, tight] = [0, 0]
  for (const [, c] of cases) {
    const { bounds } = await inFloat64(c)
    for (const [name, { data }] of c.expected) {
      elements += data.length
      tight += data.filter((value, i) => (bounds.get(name)?.[i] ?? Infinity) <= 1e-10 * Math.abs(value)).length
    }
  }
  expect(tight / elements).toBeGreaterThan(0.98)
})

describe.each(cases)('%s', (_, c) => {
  test('float64 is within the bound of what another framework computed', async () => {
    expect(failuresOf(await inFloat64(c))).toEqual([])
  })

  test('float32 is within the bound of float64 on the same inputs', async () => {
    for (const part of await inFloat32(c)) expect(failuresOf(part)).toEqual([])
  })

  test('every expected element has a finite bound, in both precisions', async () => {
    for (const { expected, bounds } of [await inFloat64(c), ...(await inFloat32(c))])
      for (const [name, { data }] of expected) {
        expect(bounds.get(name)?.length).toBe(data.length)
        expect(bounds.get(name)?.every((bound) => bound >= 0 && Number.isFinite(bound))).toBe(true)
      }
  })
})

describe('kernels that round to float32 after every operation', () => {
  const hard = cases.filter(([, c]) => singleLayers.includes(c.layer) || c.kind === 'model')
  test.each(hard)('%s: are within the same bounds', async (_, c) => {
    for (const part of await checkFloat32(createSingle(), backend, c)) expect(failuresOf(part)).toEqual([])
  })
})

/** A thousandth of the tensor's largest magnitude; of 1 where the tensor is all zero. */
function alteration(data: Float64Array): number {
  return 1e-3 * (data.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1)
}

/** The indices at which an altered expectation would pass for right, whichever way it is altered. */
function undetected({ got, bounds }: Checked, name: string, { data }: Values): number[] {
  const [values, bound] = [got.get(name), bounds.get(name)]
  const by = alteration(data)
  const passes = (i: number, want: number) => within(values?.[i] ?? Number.NaN, want, bound?.[i] ?? 0)
  return [...data.keys()].filter((i) => passes(i, (data[i] ?? 0) + by) || passes(i, (data[i] ?? 0) - by))
}

describe('an expected element that is off by a thousandth of its tensor', () => {
  test.each(cases)('%s: fails in float64, whichever element it is', async (_, c) => {
    const checked = await inFloat64(c)
    for (const [name, values] of c.expected) expect(undetected(checked, name, values), name).toEqual([])
  })

  test('fails the whole check, and is the one that is named', async () => {
    const pick = fc.record({
      entry: fc.constantFrom(...cases),
      tensor: fc.nat(),
      element: fc.nat(),
      sign: fc.constantFrom(1, -1),
    })
    await fc.assert(
      fc.asyncProperty(pick, async ({ entry: [, c], tensor, element, sign }) => {
        const names = [...c.expected.keys()]
        const name = names[tensor % names.length] ?? ''
        const values = c.expected.get(name)
        if (!values) throw new Error(`no ${name}`)
        const index = element % values.data.length
        const data = values.data.slice()
        data[index] = (data[index] ?? 0) + sign * alteration(data)
        const expected = new Map(c.expected).set(name, { ...values, data })
        expect(failuresOf({ ...(await inFloat64(c)), expected })).toMatchObject([{ tensor: name, index }])
      }),
      { numRuns: 300 },
    )
  })

  test('fails in float32 too, in all tensors but those whose sums are too long, or whose mean is too large, for it', async () => {
    const blunt = new Set<string>()
    for (const [file, c] of cases)
      for (const part of await inFloat32(c))
        for (const [name, values] of part.expected)
          if (undetected(part, name, values).length > 0) blunt.add(`${file} ${name}`)
    expect([...blunt]).toEqual([
      'batchNorm_large_mean out.y',
      'batchNorm_large_mean grad.gamma',
      'conv2d_first_layer_7x7 grad.w',
      'conv2d_first_layer_7x7 grad.b',
      'conv2d_notebook_speed grad.w',
      'conv2d_notebook_speed grad.b',
    ])
  })
})

describe('a file that is not a reference case', () => {
  const [, good] = cases[0] ?? []
  const tensors = new Map([...(good?.inputs ?? []), ...(good?.expected ?? [])])
  test.each([
    ['without a kind', { layer: 'sgd', precision: 'float64' }],
    ['of an unknown kind', { kind: 'sonnet', layer: 'sgd', precision: 'float64' }],
    ['without a layer', { kind: 'layer', precision: 'float64' }],
    ['of unknown precision', { kind: 'layer', layer: 'sgd', precision: 'float16' }],
  ])('%s is refused', (_, metadata) => {
    expect(() => readCase(writeSafetensors(tensors, metadata))).toThrow(DataError)
  })

  test('with an unknown layer, a missing tensor or a missing attribute is refused by name', async () => {
    const broken = (change: Partial<ReferenceCase>) => {
      const [, c] = cases.find(([file]) => file === 'layerNorm_vector') ?? []
      if (!c) throw new Error('no such case')
      return run(backend, 'float64', { ...c, ...change })
    }
    await expect(broken({ layer: 'conv9d' })).rejects.toThrow('no layer is called conv9d')
    await expect(broken({ inputs: new Map() })).rejects.toThrow('layerNorm has no in.x')
    await expect(broken({ attrs: {} })).rejects.toThrow('layerNorm wants a number eps')
  })
})
