import type { Data, MaxPool2dDims } from '@convkit/api'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import { mapped, unwritten, zerosLike } from './faults.js'
import { kernelMutants } from './mutant.js'

/** A backward pass that shares dy out among the elements of a window: indices with their part of it. */
function sharing(share: (x: Data, window: readonly number[]) => readonly (readonly [at: number, part: number])[]) {
  return (d: MaxPool2dDims, dy: Data, x: Data, _y: Data, dx: Data): void => {
    const sums = new Float64Array(dx.length)
    for (const [out, window] of underWindows(d).entries())
      for (const [at, part] of share(x, window)) sums[at] += part * dy[out]
    dx.set(sums)
  }
}

/** A forward pass that folds each window with `fold`, from `start`. */
function folding(start: number, fold: (best: number, value: number) => number) {
  return (d: MaxPool2dDims, x: Data, y: Data): void => {
    for (const [out, window] of underWindows(d).entries()) y[out] = window.reduce((best, i) => fold(best, x[i]), start)
  }
}

const maximumOf = (x: Data, window: readonly number[]) => Math.max(...window.map((i) => x[i]))
function winnersOf(x: Data, window: readonly number[]): number[] {
  const maximum = maximumOf(x, window)
  return window.filter((i) => x[i] === maximum)
}
const firstNaN = (x: Data, window: readonly number[]) => window.find((i) => Number.isNaN(x[i]))

export const maxPool2dMutants = kernelMutants('maxPool2d', {
  'last-maximum': {
    says: 'of equal maxima the last takes the gradient: >= for >',
    killers: ['ties', 'backward'],
    change: () => ({
      backward: sharing((x, window) => {
        return [[firstNaN(x, window) ?? winnersOf(x, window).reverse()[0], 1]]
      }),
    }),
  },
  'maxima-share': {
    says: 'equal maxima share the gradient evenly',
    killers: ['ties', 'backward'],
    change: () => ({
      backward: sharing((x, window) => {
        const [nan, winners] = [firstNaN(x, window), winnersOf(x, window)]
        return nan === undefined ? winners.map((i) => [i, 1 / winners.length]) : [[nan, 1]]
      }),
    }),
  },
  'maxima-each-take-all': {
    says: 'every maximum takes the whole gradient: dy * (x == y)',
    killers: ['conserved', 'ties', 'backward'],
    change: () => ({
      backward: sharing((x, window) => winnersOf(x, window).map((i) => [i, 1])),
    }),
  },
  'starts-at-zero': {
    says: 'the maximum starts at 0, so that windows of negative numbers give 0',
    killers: ['forward', 'shift', 'ties'],
    change: () => ({ forward: folding(0, Math.max) }),
  },
  'starts-at-lowest': {
    says: 'the maximum starts at the lowest float32 number, which windows of -infinity then give',
    killers: ['non-finite-windows'],
    change: () => ({ forward: folding(-3.4028234663852886e38, Math.max) }),
  },
  'nan-ignored': {
    says: 'a NaN never wins, for no comparison with it holds',
    killers: ['non-finite-windows', 'special-values'],
    change: () => ({
      forward: folding(-Infinity, (best, value) => {
        if (value > best) return value
        return best
      }),
    }),
  },
  'padding-counts-as-zero': {
    says: 'padding takes part as zeros',
    killers: ['padding', 'forward', 'shift'],
    change: () => ({
      forward(d, x, y) {
        for (const [out, window] of underWindows(d).entries())
          y[out] = window.length < d.kH * d.kW ? Math.max(0, maximumOf(x, window)) : maximumOf(x, window)
      },
    }),
  },
  'dx-overwritten': {
    says: 'where windows overlap the last gradient stays: = for +=',
    killers: ['conserved', 'backward', 'stride', 'ties', 'numeric-gradient'],
    change: () => ({
      backward(d, dy, x, _y, dx) {
        dx.fill(0)
        for (const [out, window] of underWindows(d).entries()) {
          dx[firstNaN(x, window) ?? winnersOf(x, window)[0]] = dy[out]
        }
      },
    }),
  },
  'dx-not-cleared': {
    says: 'only the winners are written; the others keep what the memory of dx held',
    killers: ['overwrites', 'conserved'],
    change: ({ backward }) => ({
      backward(d, dy, x, y, dx) {
        const won = zerosLike(dx)
        backward(
          d,
          mapped(dy, () => 1),
          x,
          y,
          won,
        )
        unwritten(
          dx,
          (i) => won[i] === 0,
          () => backward(d, dy, x, y, dx),
        )
      },
    }),
  },
  'window-transposed': {
    says: 'the window is as wide as it should be high',
    killers: ['forward', 'large', 'ties'],
    change: ({ forward }) => ({
      forward: (d, x, y) => forward({ ...d, kH: d.kW, kW: d.kH }, x, y),
    }),
  },
})
