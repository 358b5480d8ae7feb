import { checkOptions, type OptionNames } from '@convkit/api'
import { type SamplingBudget, slow } from '@convkit/conformance'
import { baseline, createContenders, type Entrant, type Load } from './contender.js'
import { open, type Runner, samplePass } from './measure.js'
import type { Peer } from './peer.js'
import type { Measurement, Report } from './report.js'
import { estimate } from './statistics/estimate.js'
import { createCase } from './workload/layer.js'
import type { Workload } from './workload/workload.js'

export interface ResampleOptions {
  readonly workloads: readonly Workload[]
  readonly entrants: readonly Entrant[]
  readonly load: Load
  readonly peers?: readonly Peer[]
  readonly budget: SamplingBudget
  readonly onProgress?: (done: number, of: number, what: string) => void
}

const optionNames: OptionNames<ResampleOptions> = {
  workloads: true,
  entrants: true,
  load: true,
  peers: true,
  budget: true,
  onProgress: true,
}

/** Samples of one row from another process. */
export type MoreSamples = Pick<Measurement, 'workload' | 'pass' | 'contender' | 'milliseconds'>

/**
 * Samples every row of a report once more, in the process that this runs in. What was held to its bounds there is not held
 * again; what has no time there, or takes so long that it has all its samples, is left out.
 */
export async function resample(report: Report, options: ResampleOptions): Promise<MoreSamples[]> {
  const { workloads, entrants, load, peers = [], budget, onProgress } = checkOptions('resample', options, optionNames)
  const { contenders } = await createContenders(entrants, load)
  const more: MoreSamples[] = []
  try {
    for (const [i, workload] of workloads.entries()) {
      onProgress?.(i, workloads.length, `${workload.name}, again`)
      const rows = report.measurements.filter((one) => one.workload === workload.name && worthIt(one))
      const c = workload.kind === 'layer' ? createCase(workload) : null
      const runners: Runner[] = []
      for (const who of [baseline, ...contenders, ...peers])
        if (rows.some(({ contender }) => contender === who.name)) runners.push(await open(workload, c, who))
      for (const pass of workload.passes) {
        const own = runners.filter(({ name }) => rows.some((row) => row.pass === pass && row.contender === name))
        const sampled = await samplePass(pass, own, budget, () => null)
        for (const [j, { name: contender }] of own.entries())
          more.push({ workload: workload.name, pass, contender, milliseconds: sampled[j]?.samples ?? [] })
      }
      for (const { runnable } of runners) runnable?.[Symbol.dispose]()
    }
  } finally {
    for (const backend of new Set(contenders.map(({ instance }) => instance))) await backend.close?.()
  }
  return more
}

function worthIt({ status, milliseconds }: Measurement): boolean {
  return status === 'measured' && estimate(milliseconds).median < slow
}

/** The report with the samples of other processes behind its own. */
export function withSamples(report: Report, more: readonly MoreSamples[]): Report {
  const measurements = report.measurements.map((one) => {
    const others = more.filter(
      ({ workload, pass, contender }) => workload === one.workload && pass === one.pass && contender === one.contender,
    )
    return { ...one, milliseconds: [...one.milliseconds, ...others.flatMap(({ milliseconds }) => milliseconds)] }
  })
  return { ...report, measurements }
}
