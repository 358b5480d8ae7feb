import type { Approx } from './running.js'

const zero: Approx = { value: 0, error: 0 }

/** max(0, v) moves no more than v does, and not at all where v is surely negative. */
export function reluForward(x: readonly Approx[]): Approx[] {
  return x.map(({ value, error }) => (value <= -error ? zero : { value: Math.max(0, value), error }))
}

/** Where the sign is within the error, the gradient may pass or not. */
export function reluBackward(x: readonly Approx[], dy: readonly Approx[]): Approx[] {
  return x.map(({ value, error }, i) => {
    const d = dy[i] ?? zero
    if (value <= -error) return zero
    return value > error ? d : { value: value > 0 ? d.value : 0, error: Math.abs(d.value) + d.error }
  })
}

/** 2 x 2 windows, stride 2; odd rows and columns are left over. */
export interface PoolSize {
  readonly planes: number
  readonly H: number
  readonly W: number
}

export function poolForward(size: PoolSize, x: readonly Approx[]): Approx[] {
  return windows(size, x).map(({ winner, rivals }) => ({
    value: winner.approx.value,
    error: Math.max(winner.approx.error, ...rivals.map(({ approx }) => approx.error)),
  }))
}

/** The winner takes the gradient; with rivals within the error, any of them may have won. */
export function poolBackward(size: PoolSize, x: readonly Approx[], dy: readonly Approx[]): Approx[] {
  const dx = x.map(() => zero)
  for (const [i, { winner, rivals }] of windows(size, x).entries()) {
    const d = dy[i] ?? zero
    const either = Math.abs(d.value) + d.error
    dx[winner.index] = { value: d.value, error: rivals.length > 0 ? either : d.error }
    for (const { index } of rivals) dx[index] = { value: 0, error: either }
  }
  return dx
}

interface Cell {
  readonly index: number
  readonly approx: Approx
}

/** For each window, the first largest value and those that may be larger. Exact ties go to the first, for everyone. */
function windows({ planes, H, W }: PoolSize, x: readonly Approx[]): { winner: Cell; rivals: Cell[] }[] {
  const found: { winner: Cell; rivals: Cell[] }[] = []
  for (let plane = 0; plane < planes; plane++)
    for (let p = 0; p + 1 < H; p += 2)
      for (let q = 0; q + 1 < W; q += 2) {
        const corner = (plane * H + p) * W + q
        const cells = [corner, corner + 1, corner + W, corner + W + 1].map((index) => ({
          index,
          approx: x[index] ?? zero,
        }))
        const winner = cells.reduce((best, cell) => (cell.approx.value > best.approx.value ? cell : best))
        const least = Math.max(...cells.map(({ approx }) => approx.value - approx.error))
        const rivals = cells.filter(
          ({ index, approx }) =>
            index !== winner.index && approx.value + approx.error >= least && approx.error + winner.approx.error > 0,
        )
        found.push({ winner, rivals })
      }
  return found
}
