import * as Plot from '@observablehq/plot'
import type { Chart } from './content.js'
import { drawPlot, halo, lookOf } from './plot.js'

/** The chart as an SVG element for the page. */
export function drawChart(chart: Chart): string {
  const ends = chart.series.map(({ points }) => points.at(-1)?.[1] ?? 0)
  const highest = ends.indexOf(Math.max(...ends))
  const marks = chart.series.flatMap(({ name, points }, i) => {
    const { stroke, dash, symbol } = lookOf(i)
    const end = points.slice(-1)
    return [
      Plot.line(points, { stroke, strokeWidth: 2, strokeDasharray: dash }),
      ...(points.length <= 60 ? [Plot.dot(points, { fill: stroke, symbol, r: 3 })] : []),
      ...(chart.series.length > 1
        ? [
            Plot.text(end, {
              text: () => name,
              fill: stroke,
              textAnchor: 'end',
              dy: i === highest ? -14 : 16,
              fontWeight: 600,
              ...halo,
            }),
          ]
        : []),
    ]
  })
  return drawPlot({
    alt: chart.alt,
    width: 460,
    height: 300,
    marginLeft: 52,
    marginRight: 20,
    marginTop: 28,
    marginBottom: 44,
    x: { label: chart.x, ticks: 6 },
    y: { label: chart.y, grid: true, ticks: 6, zero: true, ...(chart.yDomain && { domain: [...chart.yDomain] }) },
    marks,
  })
}
