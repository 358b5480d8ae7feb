import { mkdir, writeFile } from 'node:fs/promises'
import { failuresOf, type Report } from '@convkit/conformance'
import { expect, it } from 'vitest'
import type { Examination, Training } from '../page/main.js'
import { visit } from './page.js'

const seed = Number(process.env.CONVKIT_TEST_SEED ?? 231)

interface Expected {
  /** Cases of each law. */
  readonly runs: number
  /** Layers that it is not held to here. */
  readonly without?: readonly string[]
  /** Whether what a program leaves can stay on the device. */
  readonly resident: boolean
  readonly runsOn: RegExp
}

/** What holds of every provider. */
export function holdProvider(provider: 'webgpu' | 'webgl', { runs, without = [], resident, runsOn }: Expected): void {
  it('passes every check of the suite that it is held to', async () => {
    const report = await visit<Report>('examine', { options: { provider }, runs, seed, without } satisfies Examination)
    await mkdir('reports', { recursive: true })
    await writeFile(`reports/conformance-${provider}-in-chromium.json`, JSON.stringify(report))
    expect(failuresOf(report).map(({ id, failure }) => `${id}: ${failure?.message}`)).toEqual([])
    expect(report.score.passed).toBe(report.score.claimed)
    // What both standards leave open is not passed.
    expect(report.score.unclaimed).toBeGreaterThan(20)
    expect(report.backend.description).toMatch(runsOn)
  })

  it('trains a hundred steps in two programs, by the one-step rule and the curve rule; no activation comes back', async () => {
    const { report, compiled, runs, down, stateBytes } = await visit<Training>('trainFor', {
      options: { provider },
      steps: 100,
    })
    expect(failuresOf(report).map(({ failure }) => failure?.message)).toEqual([])
    expect(report.score).toEqual({ passed: 1, claimed: 1, unclaimed: 0 })
    expect({ compiled, runs }).toEqual({ compiled: 2, runs: 101 })
    // The loss, and where nothing can stay on the device what the next step starts from.
    expect(down).toBe(4 + (resident ? 0 : stateBytes))
  })
}
