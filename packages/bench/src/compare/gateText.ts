import { figure, renderTable } from '../tables/table.js'
import type { Baseline, GateResult } from './baseline.js'
import type { Change } from './change.js'

/** Whether anything has become slower than the repository says it is. */
export function gateText({ slower, changes, noise, sameCpu, unknown }: GateResult, baseline: Baseline): string {
  const judged = changes.filter(({ verdict }) => verdict !== 'too few samples')
  const speed = ({ median }: Change['before']) => `${figure(1 / median)}×`
  return [
    `Held against the speed-ups of commit ${baseline.commit ?? 'unknown'} on ${baseline.cpu}.`,
    ...(sameCpu
      ? []
      : [
          `This is another processor: ${figure(1 / noise.drift)} times the stored speed-ups is taken as usual here, so that what has made all rows slower alike is not seen.`,
        ]),
    ...(slower.length === 0
      ? []
      : [
          renderTable({
            title: '',
            note: '',
            rows: [
              ['row', 'speed-up then', 'now', 'time', 'at least'],
              ...slower.map(({ row, before, after, factor, low }) => [
                row,
                speed(before),
                speed(after),
                `+${((factor - 1) * 100).toFixed(1)} %`,
                `+${((low - 1) * 100).toFixed(1)} %`,
              ]),
            ],
          }),
        ]),
    ...(unknown.length > 0 ? [`not in the stored ratios: ${unknown.join('; ')}`] : []),
    `gate: ${slower.length} of ${judged.length} rows have become slower`,
  ].join('\n\n')
}
