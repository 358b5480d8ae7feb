import type { WindowDims } from '@convkit/api'
import { shareOf } from '../conventions/maxPool2d.js'
import type { NdArray } from '../core/case.js'
import { underWindows } from '../core/underWindows.js'
import type { Unit } from '../core/unit.js'
import { map } from '../core/values.js'
import { sumsOfShares } from '../layers/maxPool2d.js'
import type { Inexact } from './inexact.js'

/** max(0, x) moves no more than x does, and not at all where x is surely negative. */
export function reluForward({ value, error }: Inexact): Inexact {
  return {
    value: map(value, (v) => Math.max(0, v)),
    error: map(error, (e, i) => (value.data[i] <= -e ? 0 : e)),
  }
}

/** Where the sign is within the error, the gradient may pass or not. */
export function reluBackward({ value, error }: Inexact, dy: Inexact, { conventions, eta }: Unit): Inexact {
  const { slopeAtZero } = conventions.relu
  const isBelow = (v: number, e: number) => v < -e || (v === -e && slopeAtZero === 0)
  return {
    value: map(dy.value, (d, i) => (value.data[i] > 0 ? d : value.data[i] === 0 ? slopeAtZero * d : 0)),
    error: map(dy.error, (e, i) => {
      if (isBelow(value.data[i], error.data[i])) return 0
      if (value.data[i] > error.data[i]) return e
      return error.data[i] === 0 ? slopeAtZero * e + eta : Math.abs(dy.value.data[i]) + e
    }),
  }
}

export function poolForward(x: Inexact, d: WindowDims): Inexact {
  const shape = [d.n, d.channels, d.outH, d.outW]
  const all = underWindows(d).map((window) => ({ window, rivals: rivalsIn(x, window) }))
  const most = (array: NdArray, places: readonly number[]) => Math.max(...places.map((i) => array.data[i]))
  return {
    value: { shape, data: Float64Array.from(all, ({ window }) => most(x.value, window)) },
    error: { shape, data: Float64Array.from(all, ({ rivals }) => most(x.error, rivals)) },
  }
}

/**
 * Whoever wins takes the gradient, or those that tie share it, as declared. Where errors leave it open who wins, each that may
 * have won takes some part of it; exact ties are ties for everyone.
 */
export function poolBackward(x: Inexact, dy: Inexact, d: WindowDims, unit: Unit): Inexact {
  const [value, error] = [map(x.value, () => 0), map(x.value, () => 0)]
  const shared = sumsOfShares(x.value.data.length)
  const rule = unit.conventions.maxPool2d
  for (const [out, window] of underWindows(d).entries()) {
    const [size, e] = [Math.abs(dy.value.data[out]), dy.error.data[out]]
    const rivals = rivalsIn(x, window)
    const { takers, part } = shareOf(x.value.data, window, rule)
    for (const i of takers) value.data[i] += part * dy.value.data[out]
    const isOpen = rivals.length > 1 && rivals.some((i) => x.error.data[i] > 0)
    for (const i of isOpen ? rivals : takers) {
      error.data[i] += isOpen ? size + e : part * e
      shared.add(i, isOpen ? size + e : part * (size + e), isOpen ? rule.ties === 'split' : part < 1)
    }
  }
  return { value, error: map(error, (e, i) => e + shared.bound(i, unit)) }
}

/** The places of a window whose values may be the largest, as computed. */
function rivalsIn({ value, error }: Inexact, window: readonly number[]): number[] {
  const least = window.reduce((most, i) => Math.max(most, value.data[i] - error.data[i]), Number.NEGATIVE_INFINITY)
  return window.filter((i) => value.data[i] + error.data[i] >= least)
}
