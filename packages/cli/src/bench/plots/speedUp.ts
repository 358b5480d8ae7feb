import { baselineOf, entrantsOf, figure, type Report, ratio, rowsOf } from '@convkit/bench'
import * as Plot from '@observablehq/plot'
import { drawPlot, lookOf } from '../../charts/plot.js'
import type { BenchPlot } from './plot.js'

const barHeight = 15
const gap = 10

/** Bars of how many times as fast as the baseline each float32 entrant is. */
export function speedUpPlot(report: Report): BenchPlot | null {
  const naive = baselineOf(report)
  const names = shownOf(report)
  const bars = rowsOf(report, ['notebook'], names).flatMap(({ workload, pass, at }) => {
    const slow = at(naive)
    if (!slow || (workload.images && pass !== 'step')) return []
    const row = `${workload.name} ${workload.title}, ${pass}`
    return names.flatMap((name) => {
      const fast = at(name)
      return fast ? [{ row, name, ...ratio(slow.time, fast.time) }] : []
    })
  })
  if (bars.length === 0) return null
  const rows = [...new Set(bars.map(({ row }) => row))]
  const height = 50 + rows.length * (names.length * barHeight + gap)
  const width = 860
  return {
    name: 'speed-up',
    title: `Times as fast as ${naive}`,
    alt: `Bars: ${bars.map(({ row, name, value }) => `${row}, ${name}: ${figure(value)}`).join('; ')}`,
    legend: names.map((text, look) => ({ text, look })),
    width,
    height,
    svg: drawPlot({
      alt: `Times as fast as ${naive}`,
      width,
      height,
      marginLeft: 275,
      marginRight: 60,
      marginTop: 4,
      marginBottom: 40,
      x: { label: 'times as fast', grid: true, ticks: 8, domain: [0, Math.max(...bars.map(({ high }) => high))] },
      y: { axis: null, domain: [...names], padding: 0.12 },
      fy: { label: null, domain: rows, padding: gap / (names.length * barHeight + gap), tickSize: 0 },
      marks: [
        Plot.axisFy({ anchor: 'left', label: null, tickSize: 0 }),
        Plot.barX(bars, { fy: 'row', y: 'name', x: 'value', fill: ({ name }) => lookOf(names.indexOf(name)).stroke }),
        Plot.link(bars, { fy: 'row', y: 'name', x1: 'low', x2: 'high', stroke: 'currentColor', strokeWidth: 1.2 }),
        Plot.text(bars, {
          fy: 'row',
          y: 'name',
          x: 'high',
          text: ({ value }) => `${figure(value)}×`,
          textAnchor: 'start',
          dx: 5,
          fontSize: 12,
        }),
        Plot.ruleX([0]),
      ],
    }),
  }
}

/** Float32 at full speed; all dtypes where there is no float32. */
export function shownOf(report: Report): string[] {
  const full = entrantsOf(report).filter(({ backend }) => !backend.includes('fma=false'))
  const single = full.filter(({ dtype }) => dtype === 'float32')
  return (single.length > 0 ? single : full).map(({ name }) => name)
}
