import {
  type AdamScalars,
  type Conventions,
  type Data,
  type DeclaredConventions,
  type MaxPool2dDims,
  ourConventions,
} from '@convkit/api'
import { createConventional } from '../conventions/oracle.js'
import { slopeOf } from '../conventions/svmLoss.js'
import { underWindows } from '../layers/window.js'
import { mapped } from './faults.js'
import { type Fault, type Mutant, mutants, type Table } from './mutant.js'

type Layer = keyof Conventions

interface ConventionFault<L extends Layer> extends Fault {
  readonly declares: NonNullable<DeclaredConventions[L]>
  /** The kernel that is wrong, made of the right one under what is declared. */
  change(right: Table<L>): Partial<Table<L>>
}

/** Mutants of a backend that declares another convention than ours, and gets that one wrong. */
function ofLayer<L extends Layer>(layer: L, faults: { readonly [name: string]: ConventionFault<L> }): Mutant[] {
  return mutants(layer, faults, ({ declares, change }) => {
    const conventions = { ...ourConventions, [layer]: { ...ourConventions[layer], ...declares } }
    const right = createConventional(conventions)
    const table = right.kernels.float64?.[layer]
    if (!table) throw new Error('the naive backend has every layer')
    const kernels = { ...right.kernels.float64, [layer]: { ...table, ...change(table) } }
    return { ...right, kernels: { float32: kernels, float64: kernels } }
  })
}

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

const maxPool2dMutants = ofLayer('maxPool2d', {
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

const reluMutants = ofLayer('relu', {
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

const svmLossMutants = ofLayer('svmLoss', {
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

const sgdMomentumMutants = ofLayer('sgdMomentum', {
  'rate-inside-and-outside': {
    says: 'the learning rate stands in the velocity and in the step',
    declares: { learningRate: 'outsideVelocity' },
    killers: ['forward', 'no-momentum'],
    change: ({ update }) => ({
      update: (d, s, g, v, w) =>
        update(
          d,
          s,
          mapped(g, (value) => s.learningRate * value),
          v,
          w,
        ),
    }),
  },
  'moved-by-old-velocity': {
    says: 'weights move by the velocity before this gradient',
    declares: { learningRate: 'outsideVelocity' },
    killers: ['forward', 'no-momentum', 'coasting'],
    change: () => ({
      update({ size }, { learningRate, momentum }, g, v, w) {
        for (let i = 0; i < size; i++) {
          w[i] -= learningRate * v[i]
          v[i] = momentum * v[i] + g[i]
        }
      },
    }),
  },
})

const rmspropMutants = ofLayer('rmsprop', {
  'epsilon-inside-and-outside': {
    says: 'epsilon is added under the root, and to it',
    declares: { epsilon: 'insideRoot' },
    killers: ['scale', 'late-Adam', 'forward'],
    change: () => ({
      update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = decayRate * v[i] + (1 - decayRate) * g[i] * g[i]
          w[i] -= (learningRate * g[i]) / (Math.sqrt(v[i] + epsilon) + epsilon)
        }
      },
    }),
  },
  'epsilon-stays-in-v': {
    says: 'what is under the root is stored as v, epsilon included',
    declares: { epsilon: 'insideRoot' },
    killers: ['rest', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        update(d, s, g, v, w)
        for (let i = 0; i < d.size; i++) v[i] += s.epsilon
      },
    }),
  },
})

/** Adam, but for the factor of its rate and the epsilon of its root. */
function corrected(
  change: (s: AdamScalars, correction2: number) => { readonly factor: number; readonly epsilon: number },
) {
  return () => ({
    update({ size }: { readonly size: number }, s: AdamScalars, g: Data, m: Data, v: Data, w: Data): void {
      const { factor, epsilon } = change(s, 1 - s.beta2 ** s.step)
      const rate = (factor * s.learningRate) / (1 - s.beta1 ** s.step)
      for (let i = 0; i < size; i++) {
        m[i] = s.beta1 * m[i] + (1 - s.beta1) * g[i]
        v[i] = s.beta2 * v[i] + (1 - s.beta2) * g[i] * g[i]
        w[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + epsilon)
      }
    },
  })
}

const adamMutants = ofLayer('adam', {
  'second-correction-lost': {
    says: 'epsilon is added before the correction, which is then left out',
    declares: { epsilon: 'beforeCorrection' },
    killers: ['first-step', 'forward'],
    change: corrected(({ epsilon }) => ({ factor: 1, epsilon })),
  },
  'epsilon-corrected-too': {
    says: 'epsilon is scaled by the correction, as if it were added after it',
    declares: { epsilon: 'beforeCorrection' },
    killers: ['first-step', 'forward'],
    change: corrected(({ epsilon }, correction2) => ({
      factor: Math.sqrt(correction2),
      epsilon: epsilon * Math.sqrt(correction2),
    })),
  },
})

const adamwMutants = ofLayer('adamw', {
  'decay-after-step': {
    says: 'the declared decay takes its part of the weights after the step',
    declares: { decay: 'alone' },
    killers: ['forward', 'decoupled'],
    change: ({ update }) => ({
      update(d, s, g, m, v, w) {
        update(d, { ...s, weightDecay: 0 }, g, m, v, w)
        for (let i = 0; i < d.size; i++) w[i] -= s.weightDecay * w[i]
      },
    }),
  },
  'decay-times-rate': {
    says: 'the decay is multiplied by the learning rate, though it is declared to stand alone',
    declares: { decay: 'alone' },
    killers: ['standstill', 'decoupled', 'forward'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, weightDecay: s.learningRate * s.weightDecay }, ...storages),
    }),
  },
})

/** Wrong under the convention that they declare: right under none. */
export const conventionMutants: readonly Mutant[] = [
  ...maxPool2dMutants,
  ...reluMutants,
  ...svmLossMutants,
  ...sgdMomentumMutants,
  ...rmspropMutants,
  ...adamMutants,
  ...adamwMutants,
]
