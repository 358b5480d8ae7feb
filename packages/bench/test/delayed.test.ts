import { type Backend, mapKernels } from '@convkit/api'
import { Random } from '@convkit/data'
import { beforeEach, expect, test, vi } from 'vitest'
import { compareReports } from '../src/compare/compare.js'
import { baseline } from '../src/contender.js'
import type { Report } from '../src/report.js'
import { bench, tinyOf } from './tiny.js'

/** Milliseconds that only seem to have passed. */
let passed = 0

/** Of this process alone: what else the machine does meanwhile does not count. */
function now(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

beforeEach(() => {
  passed = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passed)
})

/** Naive, each of whose kernel calls seems to take so many milliseconds, give or take 2 %. */
function delayed(milliseconds: number, seed: number): Backend {
  const random = new Random(seed)
  const tables = mapKernels(baseline.instance.kernels.float32, ({ run }) => (call) => {
    const start = now()
    run(call)
    // The call seems to take that long, whatever it takes.
    passed += milliseconds * (0.98 + 0.04 * random.uniform()) - (now() - start)
  })
  return { ...baseline.instance, name: 'delayed', kernels: { float32: tables } }
}

function run(milliseconds: number, seed: number) {
  return bench({
    workloads: ['W1', 'W2', 'W5', 'W6', 'adam small'].map(tinyOf),
    entrants: [{ name: 'delayed float32', backend: 'delayed', dtype: 'float32' }],
    load: async () => delayed(milliseconds, seed),
    budget: { warmUpMs: 5, samples: 15, enoughMs: 0, mostMs: 10_000 },
  })
}

let peaks: Report['peaks'] | undefined

/** Without naive, whose few microseconds the machine does disturb. */
async function delayedRows(milliseconds: number, seed: number): Promise<Report> {
  const report = await run(milliseconds, seed)
  // One machine, whose clock does not drift.
  peaks ??= report.peaks
  return {
    ...report,
    peaks,
    measurements: report.measurements.filter(({ contender }) => contender === 'delayed float32'),
  }
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
