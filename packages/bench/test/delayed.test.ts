import { type AnyKernelTable, type Backend, type Kernels, signatures } from '@convkit/api'
import { Random } from '@convkit/data'
import { beforeEach, expect, test, vi } from 'vitest'
import { compareReports } from '../src/compare/compare.js'
import { baseline } from '../src/contender.js'
import type { Report } from '../src/report.js'
import { bench, tinyOf } from './tiny.js'

/** Milliseconds that only seem to have passed: next to them, what the machine does meanwhile is nothing. */
let passed = 0
const now = performance.now.bind(performance)

beforeEach(() => {
  passed = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passed)
})

/** Naive, each of whose kernel calls seems to take so many milliseconds, give or take 2 %. */
function delayed(milliseconds: number, seed: number): Backend {
  const random = new Random(seed)
  const { kernels } = baseline.instance
  const tables = Object.fromEntries(
    Object.entries(signatures).map(([layer, methods]) => {
      // Seen without its types, so that one wrapper serves every kernel.
      const native = kernels.float32?.[layer as keyof typeof signatures] as AnyKernelTable<unknown> | undefined
      const slow = Object.keys(methods).map((method) => [
        method,
        (...args: readonly (object | null)[]) => {
          native?.[method]?.(...args)
          passed += milliseconds * (0.98 + 0.04 * random.uniform())
        },
      ])
      return [layer, Object.fromEntries(slow)]
    }),
  )
  return { ...baseline.instance, name: 'delayed', kernels: { float32: tables as Partial<Kernels<unknown>> } }
}

function run(milliseconds: number, seed: number) {
  return bench({
    workloads: ['W1', 'W2', 'W5', 'W6', 'adam small'].map(tinyOf),
    entrants: [{ name: 'delayed float32', backend: 'delayed', dtype: 'float32' }],
    load: async () => delayed(milliseconds, seed),
    effort: { warmUp: 5, samples: 15, enough: 0, most: 10_000 },
  })
}

/** Without naive, whose few microseconds the machine does disturb. */
async function delayedRows(milliseconds: number, seed: number): Promise<Report> {
  const report = await run(milliseconds, seed)
  return { ...report, measurements: report.measurements.filter(({ contender }) => contender === 'delayed float32') }
}

const verdicts = async (before: number, after: number) =>
  compareReports(await delayedRows(before, 1), await delayedRows(after, 2)).changes.map(({ verdict }) => verdict)

test('the same backend measured twice has not changed', async () => {
  expect(await verdicts(100, 100)).toEqual(Array(9).fill('same'))
})

test.each([1.25, 1.1])('a backend whose kernels take %d times as long is found in every row', async (factor) => {
  expect(await verdicts(100, 100 * factor)).toEqual(Array(9).fill('slower'))
  expect(await verdicts(100 * factor, 100)).toEqual(Array(9).fill('faster'))
})
