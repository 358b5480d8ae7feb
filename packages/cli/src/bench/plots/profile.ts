import { figure, percent, type Report, rooflineOf } from '@convkit/bench'
import * as Plot from '@observablehq/plot'
import { drawPlot, lookOf } from '../../charts/plot.js'
import type { BenchPlot } from './plot.js'

/** Where the time of a step goes: bars of milliseconds, with what the roofline would allow. */
export function profilePlots(report: Report): BenchPlot[] {
  return report.profiles.map(({ workload, contender, kernels, milliseconds }) => {
    const { dtype = 'float32' } = report.contenders.find(({ name }) => name === contender) ?? {}
    const bars = kernels
      .filter((kernel) => kernel.milliseconds > 0.005 * milliseconds)
      .map((kernel) => ({
        row: `${kernel.kernel}${kernel.calls > 1 ? ` ×${kernel.calls}` : ''}`,
        milliseconds: kernel.milliseconds,
        roof: Math.min(kernel.milliseconds, rooflineOf(report.peaks, dtype, kernel.cost)),
      }))
    const [width, height] = [860, 70 + bars.length * 26]
    return {
      name: `profile-${workload.toLowerCase()}`,
      title: `Where a step of ${workload} goes, on ${contender}`,
      alt: bars
        .map(({ row, milliseconds: ms }) => `${row}: ${figure(ms)} ms, ${percent(ms / milliseconds)}`)
        .join('; '),
      legend: [
        { text: 'at the roofline it would take', look: 0 },
        { text: 'it takes', look: 1 },
      ],
      width,
      height,
      svg: drawPlot({
        alt: 'Profile',
        width,
        height,
        marginLeft: 230,
        marginRight: 205,
        marginTop: 6,
        marginBottom: 44,
        x: { label: 'milliseconds', grid: true, ticks: 8 },
        y: { label: null, domain: bars.map(({ row }) => row), tickSize: 0 },
        marks: [
          Plot.barX(bars, { y: 'row', x: 'milliseconds', fill: lookOf(1).stroke }),
          Plot.barX(bars, { y: 'row', x: 'roof', fill: lookOf(0).stroke }),
          Plot.text(bars, {
            y: 'row',
            x: 'milliseconds',
            text: ({ milliseconds: ms, roof }) =>
              `${percent(ms / milliseconds)} of the step, ${percent(roof / ms)} of the roof`,
            textAnchor: 'start',
            dx: 6,
            fontSize: 12,
          }),
          Plot.ruleX([0]),
        ],
      }),
    }
  })
}
