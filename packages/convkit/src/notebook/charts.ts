import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Chart } from './figure.js'

/** Told apart by colour (Okabe and Ito's blue and orange), by dash and by marker; the page's style sets the colours. */
const looks = [
  { stroke: 'var(--first)', dash: 'none', symbol: 'circle' },
  { stroke: 'var(--second)', dash: '6 4', symbol: 'diamond' },
] as const

/** The chart as an SVG element for the page; text and axes take the page's own colour. */
export function drawChart(chart: Chart): string {
  const { document } = parseHTML('<html><body></body></html>')
  const marks = chart.series.flatMap(({ name, points }, i) => {
    const { stroke, dash, symbol } = looks[i % looks.length] ?? looks[0]
    const end = points.slice(-1)
    return [
      Plot.line(points, { stroke, strokeWidth: 2, strokeDasharray: dash }),
      ...(points.length <= 60 ? [Plot.dot(points, { fill: stroke, symbol, r: 3 })] : []),
      ...(chart.series.length > 1
        ? [Plot.text(end, { text: () => name, fill: stroke, textAnchor: 'end', dy: -14, fontWeight: 600, ...halo })]
        : []),
    ]
  })
  const plot = Plot.plot({
    document,
    className: 'chart',
    width: 460,
    height: 300,
    marginLeft: 52,
    marginRight: 20,
    marginTop: 28,
    marginBottom: 44,
    style: { fontSize: '14px', overflow: 'visible' },
    ariaLabel: chart.alt,
    x: { label: chart.x, ticks: 6 },
    y: { label: chart.y, grid: true, ticks: 6, zero: true, ...(chart.yDomain && { domain: [...chart.yDomain] }) },
    marks,
  })
  plot.setAttribute('role', 'img')
  return plot.outerHTML
}

const halo = { stroke: 'var(--paper)', strokeWidth: 4 }
