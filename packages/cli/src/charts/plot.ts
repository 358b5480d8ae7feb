import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** How series are told apart: by colour (Okabe and Ito's), by dash and by marker; the style sets the colours. */
export const looks = [
  { stroke: 'var(--first)', dash: 'none', symbol: 'circle' },
  { stroke: 'var(--second)', dash: '6 4', symbol: 'diamond' },
  { stroke: 'var(--third)', dash: '2 3', symbol: 'square' },
  { stroke: 'var(--fourth)', dash: '10 3 2 3', symbol: 'triangle' },
  { stroke: 'var(--fifth)', dash: '4 2', symbol: 'star' },
  { stroke: 'var(--sixth)', dash: '1 2', symbol: 'cross' },
  { stroke: 'var(--quiet)', dash: '8 4', symbol: 'wye' },
  { stroke: 'var(--ink)', dash: '12 3', symbol: 'times' },
] as const

export function lookOf(i: number): (typeof looks)[number] {
  return looks[i % looks.length] ?? looks[0]
}

/** Behind text that stands on marks. */
export const halo = { stroke: 'var(--paper)', strokeWidth: 4 }

/** An SVG element; text and axes take the colour of what surrounds it. */
export function drawPlot({ alt, ...options }: Plot.PlotOptions & { readonly alt: string }): string {
  const { document } = parseHTML('<html><body></body></html>')
  const plot = Plot.plot({
    document,
    className: 'chart',
    ...options,
    style: { fontSize: '14px', overflow: 'visible' },
    ariaLabel: alt,
  })
  plot.setAttribute('role', 'img')
  return plot.outerHTML
}
