import { figure, type Report, ratio, referenceOf, rowsOf } from '@convkit/bench'
import * as Plot from '@observablehq/plot'
import { drawPlot, lookOf } from '../../charts/plot.js'
import type { BenchPlot } from './plot.js'

/** The time of other libraries over that of the reference, one line a row. */
export function peerPlot(report: Report): BenchPlot | null {
  const reference = referenceOf(report)
  const names = report.peers.map(({ name }) => name)
  if (!reference) return null
  const points = rowsOf(report, ['notebook'], names).flatMap(({ workload, pass, at }) => {
    const own = at(reference.name)
    return names.flatMap((name) => {
      const peer = at(name)
      if (!own || !peer) return []
      return [{ row: `${workload.name} ${workload.title}, ${pass}`, name, ...ratio(peer.time, own.time) }]
    })
  })
  if (points.length === 0) return null
  const rows = [...new Set(points.map(({ row }) => row))]
  const [width, height] = [860, 90 + rows.length * 30]
  return {
    name: 'peers',
    title: `Other libraries: their time over that of ${reference.name}`,
    alt: points.map(({ row, name, value }) => `${row}, ${name}: ${figure(value)}`).join('; '),
    legend: names.map((text, look) => ({ text, look })),
    width,
    height,
    svg: drawPlot({
      alt: 'Other libraries',
      width,
      height,
      marginLeft: 275,
      marginRight: 30,
      marginTop: 24,
      marginBottom: 46,
      x: {
        type: 'log',
        domain: [Math.min(...points.map(({ low }) => low)) / 1.2, Math.max(...points.map(({ high }) => high)) * 1.2],
        label: `times as long as ${reference.name} (left of the line: faster)`,
        ticks: 5,
        grid: true,
        tickFormat: (tick: number) => String(tick),
      },
      y: { label: null, domain: rows, grid: true, tickSize: 0 },
      marks: [
        Plot.ruleX([1], { stroke: 'currentColor', strokeWidth: 1.5 }),
        Plot.link(points, {
          y: 'row',
          x1: 'low',
          x2: 'high',
          stroke: ({ name }) => lookOf(names.indexOf(name)).stroke,
          strokeWidth: 1.5,
        }),
        ...names.map((name, i) =>
          Plot.dot(
            points.filter((point) => point.name === name),
            { x: 'value', y: 'row', fill: lookOf(i).stroke, symbol: lookOf(i).symbol, r: 5 },
          ),
        ),
      ],
    }),
  }
}
