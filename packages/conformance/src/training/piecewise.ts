import type { NdArray } from '../core/case.js'
import { map } from '../core/values.js'
import type { Inexact } from './inexact.js'

/** max(0, x) moves no more than x does, and not at all where x is surely negative. */
export function reluForward({ value, error }: Inexact): Inexact {
  return {
    value: map(value, (v) => Math.max(0, v)),
    error: map(error, (e, i) => (value.data[i] <= -e ? 0 : e)),
  }
}

/** Where the sign is within the error, the gradient may pass or not. */
export function reluBackward({ value, error }: Inexact, dy: Inexact): Inexact {
  return {
    value: map(dy.value, (d, i) => (value.data[i] > 0 ? d : 0)),
    error: map(dy.error, (e, i) => {
      if (value.data[i] <= -error.data[i]) return 0
      return value.data[i] > error.data[i] ? e : Math.abs(dy.value.data[i]) + e
    }),
  }
}

/** 2 x 2 windows, stride 2; odd rows and columns are left over. */
export function poolForward(x: Inexact): Inexact {
  const [n, channels, height, width] = x.value.shape
  const shape = [n, channels, Math.floor(height / 2), Math.floor(width / 2)]
  const all = windows(x)
  const widest = ({ winner, rivals }: Window) => Math.max(...[winner, ...rivals].map((i) => x.error.data[i]))
  return {
    value: { shape, data: Float64Array.from(all, ({ winner }) => x.value.data[winner]) },
    error: { shape, data: Float64Array.from(all, widest) },
  }
}

/** The winner takes the gradient; with rivals within the error, any of them may have won. */
export function poolBackward(x: Inexact, dy: Inexact): Inexact {
  const [value, error]: [NdArray, NdArray] = [map(x.value, () => 0), map(x.value, () => 0)]
  for (const [out, { winner, rivals }] of windows(x).entries()) {
    const [d, e] = [dy.value.data[out], dy.error.data[out]]
    value.data[winner] = d
    error.data[winner] = rivals.length > 0 ? Math.abs(d) + e : e
    for (const rival of rivals) error.data[rival] = Math.abs(d) + e
  }
  return { value, error }
}

/** The place of the first largest value of a window, and those of values that may be larger as computed. */
interface Window {
  readonly winner: number
  readonly rivals: readonly number[]
}

/** Exact ties go to the first, for everyone. */
function windows({ value, error }: Inexact): Window[] {
  const [n, channels, height, width] = value.shape
  const [v, e] = [value.data, error.data]
  const found: Window[] = []
  for (let plane = 0; plane < n * channels; plane++)
    for (let p = 0; p + 1 < height; p += 2)
      for (let q = 0; q + 1 < width; q += 2) {
        const corner = (plane * height + p) * width + q
        const cells = [corner, corner + 1, corner + width, corner + width + 1]
        const winner = cells.reduce((best, i) => (v[i] > v[best] ? i : best))
        const least = Math.max(...cells.map((i) => v[i] - e[i]))
        const rivals = cells.filter((i) => i !== winner && v[i] + e[i] >= least && e[i] + e[winner] > 0)
        found.push({ winner, rivals })
      }
  return found
}
