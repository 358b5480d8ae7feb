import type { Data, MaxPool2dDims } from '@convkit/api'
import { slopeOf } from '@convkit/conformance/internal/conventions/svmLoss'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import { wrongUnder } from './convention.js'
import { mapped } from './faults.js'
import type { Mutant } from './mutant.js'

type Taken = readonly (readonly [at: number, part: number])[]

/** A backward pass that gives each window's dy to some of its elements. */
function taking(take: (x: Data, window: readonly number[], d: MaxPool2dDims) => Taken) {
  return (d: MaxPool2dDims, dy: Data, x: Data, _y: Data, dx: Data): void => {
    const sums = new Float64Array(dx.length)
    for (const [out, window] of underWindows(d).entries())
      for (const [at, part] of take(x, window, d)) sums[at] += part * dy[out]
    dx.set(sums)
  }
}

const maximaOf = (x: Data, window: readonly number[]) => {
  const maximum = Math.max(...window.map((i) => x[i]))
  return window.filter((i) => x[i] === maximum)
}
const firstNaN = (x: Data, window: readonly number[]) => window.find((i) => Number.isNaN(x[i]))

/** What is done with windows without a NaN; the first NaN takes the gradient of others. */
function finite(take: (x: Data, window: readonly number[], d: MaxPool2dDims) => Taken) {
  return taking((x, window, d) => {
    const spoilt = firstNaN(x, window)
    return spoilt === undefined ? take(x, window, d) : [[spoilt, 1]]
  })
}

const maxPool2dMutants = wrongUnder('maxPool2d', {
  'split-by-kernel-size': {
    says: 'equal maxima share the gradient by the size of the window instead of their number',
    declares: { ties: 'split' },
    killers: ['ties', 'conserved', 'backward'],
    change: () => ({
      backward: finite((x, window, { kH, kW }) => maximaOf(x, window).map((i) => [i, 1 / (kH * kW)])),
    }),
  },
  'split-counts-padding': {
    says: 'padding counts among the maxima of a window of nothing but -infinity',
    declares: { ties: 'split' },
    killers: ['non-finite-windows'],
    change: () => ({
      backward: finite((x, window, { kH, kW }) => {
        const maxima = maximaOf(x, window)
        const count = x[maxima[0]] === -Infinity ? kH * kW : maxima.length
        return maxima.map((i) => [i, 1 / count])
      }),
    }),
  },
  'split-between-two': {
    says: 'the first and the last of equal maxima share, and those between get nothing',
    declares: { ties: 'split' },
    killers: ['ties', 'backward'],
    change: () => ({
      backward: finite((x, window) => {
        const maxima = maximaOf(x, window)
        const ends = [...new Set([maxima[0], maxima[maxima.length - 1]])]
        return ends.map((i) => [i, 1 / ends.length])
      }),
    }),
  },
  'last-by-columns': {
    says: 'the last maximum is looked for column by column',
    declares: { ties: 'last' },
    killers: ['ties', 'backward'],
    change: () => ({
      backward: finite((x, window, { inW }) => {
        const column = (i: number) => i % inW
        const [first, ...others] = maximaOf(x, window)
        return [[others.reduce((last, i) => (column(i) >= column(last) ? i : last), first), 1]]
      }),
    }),
  },
  'nan-first-for-last': {
    says: 'the first of several NaN takes the gradient, though the last is declared to',
    declares: { nan: 'last' },
    killers: ['non-finite-windows'],
    change: () => ({ backward: finite((x, window) => [[maximaOf(x, window)[0], 1]]) }),
  },
  'nan-window-lost': {
    says: 'a window with a NaN has no gradient, where NaN is declared for all of it',
    declares: { ties: 'split', nan: 'window' },
    killers: ['non-finite-windows', 'special-values'],
    change: () => ({
      backward: taking((x, window) => {
        const maxima = maximaOf(x, window)
        return maxima.map((i) => [i, 1 / maxima.length])
      }),
    }),
  },
})

const reluMutants = wrongUnder('relu', {
  'slope-at-plus-zero': {
    says: 'the declared slope holds at 0, but not at -0',
    declares: { slopeAtZero: 1 },
    killers: ['kink'],
    change: ({ backward }) => ({
      backward: (d, dy, x, dx) =>
        backward(
          d,
          dy,
          mapped(x, (value) => (Object.is(value, -0) ? -1 : value)),
          dx,
        ),
    }),
  },
  'slope-of-output': {
    says: 'the slope of 1/2 is taken wherever y is 0, below as well',
    declares: { slopeAtZero: 0.5 },
    killers: ['backward', 'kink', 'halves', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward: (d, dy, x, dx) =>
        backward(
          d,
          dy,
          mapped(x, (value) => Math.max(0, value)),
          dx,
        ),
    }),
  },
})

const svmLossMutants = wrongUnder('svmLoss', {
  'kink-not-for-label': {
    says: 'a margin of 0 has the declared slope for its own class, but not for the label',
    declares: { slopeAtKink: 1 },
    killers: ['exact', 'balance', 'margin'],
    change: () => ({
      backward({ n: N, classes: C }, { scale }, logits, t, dlogits) {
        for (let n = 0; n < N; n++) {
          const target = n * C + t[n]
          let own = 0
          for (let i = n * C; i < (n + 1) * C; i++) {
            if (i === target) continue
            const margin = logits[i] - logits[target] + 1
            dlogits[i] = scale * slopeOf(margin, { slopeAtKink: 1 })
            own -= scale * slopeOf(margin, { slopeAtKink: 0 })
          }
          dlogits[target] = own
        }
      },
    }),
  },
})

/** Layers that are wrong under the convention that they declare, and right under none. */
export const layerConventionMutants: readonly Mutant[] = [...maxPool2dMutants, ...reluMutants, ...svmLossMutants]
