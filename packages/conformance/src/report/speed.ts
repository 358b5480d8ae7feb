import type { DType } from '@convkit/api'
import type { Report, Speed } from './report.js'

/** The passes that were timed. */
export function speedColumns({ speed }: Pick<Report, 'speed'>): Speed['pass'][] {
  return (['forward', 'backward'] as const).filter((pass) => speed.some((row) => row.pass === pass))
}

/** How many times as fast as naive: `12`, or `·` where nothing was timed. */
export function speedText({ speed }: Pick<Report, 'speed'>, layer: string, dtype: DType, pass: Speed['pass']): string {
  const row = speed.find((row) => row.layer === layer && row.dtype === dtype && row.pass === pass)
  if (!row) return '·'
  return row.speedup < 99.5 ? row.speedup.toPrecision(2) : row.speedup.toFixed()
}
