import { lookOf } from '../charts/plot.js'
import { colours } from '../charts/style.js'
import type { BenchPlot } from './plots/plot.js'

const padding = 20
const titleHeight = 34
const legendHeight = 26
/** A character of the legend is about so wide. */
const characterWidth = 7.6

/** A file of its own: the plot with its title and legend, on paper that follows light and dark. */
export function picture({ title, alt, legend, width, height, svg }: BenchPlot): string {
  const whole = width + 2 * padding
  let x = padding
  let line = 0
  const items = legend.map(({ text, look }) => {
    const needs = 24 + text.length * characterWidth
    if (x + needs > whole - padding && x > padding) {
      x = padding
      line++
    }
    const at = { text, look, x, y: padding + titleHeight + line * legendHeight }
    x += needs + 12
    return at
  })
  const top = padding + titleHeight + (line + 1) * legendHeight
  const total = top + height + padding
  const plot = svg.replace('<svg ', `<svg x="${padding}" y="${top}" `)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${total}" viewBox="0 0 ${whole} ${total}" role="img" aria-label="${escaped(`${title}. ${alt}`)}">
<style>${colours}
svg { color: var(--ink); font: 14px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
</style>
<rect width="100%" height="100%" fill="var(--paper)"/>
<text x="${padding}" y="${padding + 16}" font-size="18" font-weight="650" fill="var(--ink)">${escaped(title)}</text>
${items.map(({ text, look, x, y }) => `<rect x="${x}" y="${y - 1}" width="14" height="14" rx="2" fill="${lookOf(look).stroke}"/><text x="${x + 20}" y="${y + 11}" fill="var(--ink)">${escaped(text)}</text>`).join('\n')}
${plot}
</svg>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
