import type { Conventions, Data, MaxPool2dKernels } from '@convkit/api'
import { underWindows } from '../core/underWindows.js'

type Rule = Conventions['maxPool2d']

/** Who takes the gradient of a window, and which part of it each takes. */
export interface Share {
  readonly takers: readonly number[]
  /** NaN where the whole window is spoilt. */
  readonly part: number
}

export function shareOf(x: ArrayLike<number>, window: readonly number[], { ties, nan }: Rule): Share {
  let best = window[0]
  let equal: number[] = []
  for (const i of window) {
    if (Number.isNaN(x[i])) return spoilt(x, window, nan)
    if (x[i] < x[best]) continue
    if (x[i] > x[best]) equal = []
    equal.push(i)
    best = i
  }
  return ties === 'split' ? { takers: equal, part: 1 / equal.length } : { takers: [end(equal, ties)], part: 1 }
}

function spoilt(x: ArrayLike<number>, window: readonly number[], nan: Rule['nan']): Share {
  if (nan === 'window') return { takers: window, part: Number.NaN }
  const places = window.filter((i) => Number.isNaN(x[i]))
  return { takers: [end(places, nan)], part: 1 }
}

function end(places: readonly number[], which: 'first' | 'last'): number {
  return places[which === 'first' ? 0 : places.length - 1]
}

/** dx[i] = the sum over windows of dy / (number of takers), where x[i] is one. */
export function backward(rule: Rule): MaxPool2dKernels<Data>['backward'] {
  return (d, dy, x, _y, dx) => {
    const sums = new Float64Array(dx.length)
    for (const [out, window] of underWindows(d).entries()) {
      const { takers, part } = shareOf(x, window, rule)
      for (const i of takers) sums[i] += Number.isNaN(part) ? part : dy[out] / takers.length
    }
    dx.set(sums)
  }
}
