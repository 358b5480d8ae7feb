import { peakOf } from '../peak.js'
import type { Report } from '../report.js'
import { giga } from '../statistics/estimate.js'
import { baselineOf, entrantsOf, rowsOf } from '../tables/rows.js'

/** Processors busy with other work, beyond what a system does by itself. */
const quiet = 0.1
/** GFLOP/s of matrix products and convolutions: ratios over a slower baseline would flatter. */
const fair = 0.5
/** Operations a byte, from which on a pass is such a product. */
const dense = 4

/** What a reader must know before believing a figure. */
export function warnings(report: Report): string[] {
  const { others, quick } = report
  const naive = baselineOf(report)
  const slow = rowsOf(report, ['notebook'], [naive]).filter(({ at }) => {
    const found = at(naive)
    if (!found) return false
    const { cost } = found.measurement
    return cost.flops > dense * cost.bytes && giga(cost.flops, found.time.median) < fair
  })
  const bound = entrantsOf(report).filter(({ description }) => isBound(description))
  const above = bound.flatMap(({ name, dtype, threads }) =>
    rowsOf(report, ['notebook', 'training', 'layers', 'products', 'scaling'], [name])
      .filter(({ at }) => {
        const found = at(name)
        return found && giga(found.measurement.cost.flops, found.time.high) > peakOf(report.peaks, dtype, threads)
      })
      .map(({ workload, pass }) => `${workload.name} ${pass} on ${name}`),
  )
  const where = slow.map(({ workload, pass }) => `${workload.name} ${pass}`).join(', ')
  return [
    ...(others > quiet
      ? [`Provisional: meanwhile other programs kept ${others.toFixed(2)} processors busy, on average.`]
      : []),
    ...(quick ? ['A quick run: some workloads were left out, and what is slow was sampled less.'] : []),
    ...(above.length > 0 ? [`Faster than what was taken for the peak, which is too low: ${above.join(', ')}.`] : []),
    ...(where ? [`Naive is slower than ${fair} GFLOP/s in ${where}: ratios over it flatter.`] : []),
  ]
}

/** Native code has wider vectors than the peak is of, and Winograd's algorithm fewer operations than are counted. */
function isBound(description: string): boolean {
  return description.includes('128-bit') && !description.includes('Winograd')
}

export function machine({ environment }: Report): string {
  const { cpu, processors, memory, platform, node, v8 } = environment
  return `${cpu}, ${processors} processors, ${Math.round(memory / 2 ** 30)} GiB, ${platform}, Node ${node} (V8 ${v8})`
}

/** `4 min 12 s` */
export function seconds(duration: number): string {
  const whole = Math.round(duration)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
