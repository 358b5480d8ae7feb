import { figure, renderTable } from '../tables/table.js'
import type { Change } from './change.js'
import type { Comparison } from './compare.js'

/** What got faster or slower, then what each row could have seen. */
export function comparisonText({ noise, controls, changes, missing, warnings }: Comparison): string {
  const changed = changes.filter(({ verdict }) => verdict === 'slower' || verdict === 'faster')
  const same = changes.filter(({ verdict }) => verdict === 'same')
  const unjudged = changes.length - changed.length - same.length
  const rows = [...changed.sort(byFactor), ...same.sort((a, b) => b.visible - a.visible)]
  return [
    ...warnings.map((warning) => `warning: ${warning}`),
    `Arithmetic in registers took ${percent(noise.drift)} time in the second run, which is taken out of every row. ${controls} rows of naive, in which nothing was changed, moved ${noise.inflation.toFixed(1)} times as far as their intervals allow; all intervals are widened so much.`,
    renderTable({
      title: '',
      note: '',
      rows: [
        ['row', 'before, ms', 'after, ms', 'change', 'between', 'sees from', 'verdict'],
        ...rows.map(({ row, before, after, factor, low, high, visible, verdict }) => [
          row,
          figure(before.median),
          figure(after.median),
          percent(factor),
          `${percent(low)} and ${percent(high)}`,
          percent(visible),
          verdict,
        ]),
      ],
    }),
    ...missing.map((row) => `not compared: ${row}`),
    `${changed.length} of ${changed.length + same.length} rows changed: ${changed.filter(({ verdict }) => verdict === 'slower').length} slower, ${changed.filter(({ verdict }) => verdict === 'faster').length} faster${unjudged > 0 ? `; ${unjudged} were sampled too few times to say` : ''}`,
  ].join('\n\n')
}

function byFactor(a: Change, b: Change): number {
  return b.factor - a.factor
}

/** `+6.1 %` more time, or less. */
function percent(factor: number): string {
  if (!Number.isFinite(factor) || factor === 0) return '·'
  const change = (factor - 1) * 100
  return `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)} %`
}
