import { type Backend, withSyncBatchNorm } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allChecks } from '../../src/checks.js'
import type { Case, NdArray, Results } from '../../src/core/case.js'
import { compare } from '../../src/core/compare.js'
import { inputOf, rounded } from '../../src/core/inputs.js'
import { createSubject, runCase } from '../../src/core/subject.js'
import { batchNormSpec } from '../../src/layers/batchNorm.js'
import { describeConformance } from '../../src/vitest.js'
import { createRounded, styles } from '../support/rounded.js'

const alone = async () => {}

describeConformance('synchronised over one process', () => withSyncBatchNorm(createNaive(), alone), {
  runs: 10,
  // Which sums over others, inside the wrapper that sums over itself alone.
  checks: allChecks().filter(
    ({ layer, id, law }) => (layer === 'batchNorm' && law !== 'processes') || id.includes('batch-norm'),
  ),
})

/** Sums for so many processes that take turns in this one. */
function meeting(size: number): (values: Float64Array) => Promise<void> {
  let waiting: { readonly values: Float64Array; readonly done: () => void }[] = []
  return (values) =>
    new Promise((done) => {
      waiting.push({ values, done })
      if (waiting.length < size) return
      const all = waiting
      waiting = []
      const sums = values.map((_, i) => all.reduce((sum, { values }) => sum + values[i], 0))
      for (const { values, done } of all) {
        values.set(sums)
        done()
      }
    })
}

function rows({ shape, data }: NdArray, from: number, to: number): NdArray {
  const size = data.length / shape[0]
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) }
}

function joined(parts: readonly NdArray[]): NdArray {
  const [first] = parts
  const n = parts.reduce((sum, { shape }) => sum + shape[0], 0)
  return { shape: [n, ...first.shape.slice(1)], data: Float64Array.from(parts.flatMap(({ data }) => [...data])) }
}

const added = (parts: readonly NdArray[]): NdArray => ({
  shape: parts[0].shape,
  data: parts[0].data.map((_, i) => parts.reduce((sum, { data }) => sum + data[i], 0)),
})

/** A case cut by rows, and what its processes computed put together again. */
async function inParts(c: Case, ends: readonly number[], run: (part: Case) => Promise<Results>): Promise<Results> {
  const results = await Promise.all(
    ends.map((to, i) => {
      const from = ends[i - 1] ?? 0
      const { x, ...perChannel } = c.inputs
      return run({ ...c, inputs: { x: rows(x, from, to), ...perChannel }, ...(c.dy && { dy: rows(c.dy, from, to) }) })
    }),
  )
  const of = (name: string) => results.map((result) => result[name])
  for (const name of ['mean', 'variance', 'runningMean', 'runningVar'])
    for (const values of of(name)) expect(values).toEqual(of(name)[0])
  return {
    ...results[0],
    y: joined(of('y')),
    dx: joined(of('dx')),
    dgamma: added(of('dgamma')),
    dbeta: added(of('dbeta')),
  }
}

const cut = batchNormSpec.cases
  .filter((c) => c.attrs.mode === 'train' && inputOf(c, 'x').shape[0] > 1)
  .chain((c) => {
    const n = inputOf(c, 'x').shape[0]
    const ends = fc.uniqueArray(fc.integer({ min: 1, max: n - 1 }), { maxLength: 4 })
    return ends.map((inner) => ({ c, ends: [...inner.sort((a, b) => a - b), n] }))
  })

describe('batch norm over several processes', () => {
  const backends: readonly (readonly [string, 'float32' | 'float64', () => Backend])[] = [
    ['naive in float64', 'float64', createNaive],
    ['naive in float32', 'float32', createNaive],
    ...Object.entries(styles).map(
      ([name, style]) =>
        [`kernels that round after every operation, ${name}`, 'float32', () => createRounded(style)] as const,
    ),
  ]
  for (const [name, dtype, create] of backends)
    it(`is that of all their rows, within the bound of one process: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(cut, async ({ c: drawn, ends }) => {
          const c = rounded(drawn, dtype)
          const sum = meeting(ends.length)
          const got = await inParts(c, ends, (part) =>
            runCase(batchNormSpec, withSyncBatchNorm(create(), sum), dtype, part),
          )
          const subject = createSubject(batchNormSpec, create(), createNaive(), dtype)
          compare('in parts', c, got, await subject.exact(c), await subject.bounds(c), subject)
        }),
        { numRuns: 200 },
      )
    })
})
