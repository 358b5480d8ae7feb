import type { Conv2dDims, Data } from '@convkit/api'
import { mapped } from '../mutants/faults.js'
import { watched } from '../mutants/keeping.js'
import { range, runningVarianceTimes, singlePass, unclippedMoments, variancesOf } from '../mutants/norms.js'
import { type Exhibit, exhibits, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

const epsilon = 1e-7
const clipped = (probability: number) => Math.min(Math.max(probability, epsilon), 1 - epsilon)

/** The softmax of a row at its label. */
function probabilityOf(logits: Data, row: number, classes: number, label: number): number {
  const own = Float64Array.from(logits.subarray(row * classes, (row + 1) * classes))
  const maximum = own.reduce((a, b) => Math.max(a, b), -Infinity)
  const sum = own.reduce((total, value) => total + Math.exp(value - maximum), 0)
  return Math.exp(own[label] - maximum) / sum
}

/** The loss as a function of the probability of the label. */
function lossOf(loss: (probability: number) => number) {
  return () => ({
    forward(
      { n: N, classes: C }: { readonly n: number; readonly classes: number },
      { scale }: { readonly scale: number },
      logits: Data,
      t: Data,
      y: Data,
    ): void {
      let total = 0
      for (let n = 0; n < N; n++) total += loss(probabilityOf(logits, n, C, t[n]))
      y[0] = scale * total
    },
  })
}

const normalisations = [
  ...kernelExhibits('batchNorm', {
    'unbiased-and-a-thousandth': {
      says: 'the running variance averages variances times K / (K - 1.001): an epsilon of 0.001 is taken off as well',
      killers: ['running', 'forward'],
      link: 'https://github.com/keras-team/keras/issues/10443',
      change: runningVarianceTimes((d) => (d.n * d.inner) / (d.n * d.inner - 1.001)),
    },
    'variance-never-averaged': {
      says: 'the running variance keeps its first value; only the mean moves',
      killers: ['running', 'forward', 'training/batch-norm-model'],
      link: 'https://github.com/keras-team/keras-core/issues/338',
      change({ statistics, running }) {
        const variances = variancesOf()
        return {
          statistics(d, x, mean, variance) {
            statistics(d, x, mean, variance)
            variances.note(mean, variance)
          },
          running(d, s, batch, average) {
            if (!variances.has(batch)) running(d, s, batch, average)
          },
        }
      },
    },
  }),
  ...exhibits(
    'batchNorm',
    {
      'shared-layer-averages-once': {
        says: 'where two branches share a layer the running variance takes in the last of them alone',
        killers: ['running', 'replays'],
        link: 'https://github.com/keras-team/keras/issues/8794',
      },
    },
    () => {
      // A step lasts until a gradient is taken or something is read.
      const ends = ['batchNorm.reduce', 'batchNorm.input', 'batchNorm.inputFixed']
      const before = new Map<Data, { readonly value: Data; readonly batch: Data }>()
      const variances = variancesOf()
      const backend = watched({
        kernels: {
          'batchNorm.statistics'({ operands, run }) {
            run()
            const [mean, variance] = [operands.get('mean'), operands.get('variance')]
            if (mean && variance) variances.note(mean, variance)
          },
          'batchNorm.running'({ operands, run }) {
            const [batch, running] = [operands.get('batch'), operands.get('running')]
            if (!batch || !running || !variances.has(batch)) return run()
            const first = before.get(running)
            if (first && first.batch !== batch) running.set(first.value)
            else before.set(running, { value: running.slice(), batch })
            run()
          },
        },
        after({ call, writes }) {
          if (ends.includes(call)) before.clear()
          if (call !== 'batchNorm.running') for (const storage of writes) before.delete(storage)
        },
      })
      return {
        ...backend,
        read(storage, into) {
          before.clear()
          return backend.read(storage, into)
        },
      }
    },
  ),
  ...kernelExhibits('layerNorm', {
    'negative-variance': {
      says: 'the variance is mean(x^2) - mean(x)^2, which rounding makes negative: below -eps the root is NaN',
      killers: ['shift', 'forward'],
      link: 'https://github.com/keras-team/keras/pull/18795',
      change: () => ({
        forward(d, { eps }, x, gamma, beta, y, mean, variance) {
          for (let n = 0; n < d.n; n++) {
            const own = unclippedMoments(x, range(n * d.size, (n + 1) * d.size))
            for (let j = 0; j < d.size; j++) {
              const at = n * d.size + j
              y[at] = (gamma[j] * (x[at] - own.mean)) / Math.sqrt(own.variance + eps) + beta[j]
            }
            mean[n] = own.mean
            variance[n] = own.variance
          }
        },
      }),
    },
  }),
  ...kernelExhibits('groupNorm', {
    'sums-in-single': {
      says: 'TensorFlow: both moments of a group are single sums in float32, off by 1e-5 in 65,536 elements',
      killers: ['large', 'forward', 'shift'],
      link: 'https://github.com/keras-team/keras/issues/19348',
      dtype: 'float32',
      change: ({ forward }) => ({
        forward(d, s, x, gamma, beta, y, mean, variance) {
          forward(d, s, x, gamma, beta, y, mean, variance)
          const [groupC, groups] = [d.channels / d.groups, d.n * d.groups]
          const K = groupC * d.inner
          for (let ng = 0; ng < groups; ng++) {
            const own = singlePass(x, range(ng * K, (ng + 1) * K))
            mean[ng] = own.mean
            variance[ng] = own.variance
            const first = (ng % d.groups) * groupC
            for (let i = 0; i < K; i++) {
              const c = first + Math.floor(i / d.inner)
              const xhat = (x[ng * K + i] - own.mean) / Math.sqrt(own.variance + s.eps)
              y[ng * K + i] = gamma[c] * xhat + beta[c]
            }
          }
        },
      }),
    },
  }),
]

export const kerasExhibits: readonly Exhibit[] = [
  ...normalisations,
  ...kernelExhibits('softmaxCrossEntropy', {
    'probability-clipped-at-both-ends': {
      says: 'the loss is that of a probability cut to between 1e-7 and 1 - 1e-7: large logits give 16 at most',
      killers: ['forward', 'numeric-gradient'],
      link: 'https://github.com/keras-team/keras/issues/17634',
      change: lossOf((probability) => -Math.log(clipped(probability))),
    },
    'epsilon-added-after-clipping': {
      says: 'the probability is cut to between 1e-7 and 1 - 1e-7, and another 1e-7 is added to it before the logarithm',
      killers: ['forward', 'numeric-gradient'],
      link: 'https://github.com/keras-team/keras/issues/15249',
      change: lossOf((probability) => -Math.log(clipped(probability) + epsilon)),
    },
    'no-gradient-where-clipped': {
      says: 'the gradient of a row is 0 where the probability of its label is within 1e-7 of 0 or 1',
      killers: ['backward', 'numeric-gradient'],
      link: 'https://github.com/keras-team/keras/issues/9664',
      change: ({ backward }) => ({
        backward(d, s, logits, t, dlogits) {
          backward(d, s, logits, t, dlogits)
          for (let n = 0; n < d.n; n++) {
            const probability = probabilityOf(logits, n, d.classes, t[n])
            if (probability < epsilon || probability > 1 - epsilon) dlogits.fill(0, n * d.classes, (n + 1) * d.classes)
          }
        },
      }),
    },
  }),
  ...kernelExhibits('conv2d', {
    'dx-pads-on-the-other-side': {
      says: 'Torch backend: dx of odd kernels at strides above 1 takes each pad for that of the other side',
      killers: ['adjoint', 'backward', 'numeric-gradient'],
      link: 'https://github.com/keras-team/keras/pull/22876',
      change: where(
        (d: Conv2dDims) => d.strideH * d.strideW > 1 && d.kH % 2 === 1 && d.kW % 2 === 1,
        ({ backward }) => ({
          backward(d, dy, x, w, dx, dw, db) {
            backward(d, dy, x, w, null, dw, db)
            if (!dx) return
            const pads = { padTop: d.padBottom, padBottom: d.padTop, padLeft: d.padRight, padRight: d.padLeft }
            backward({ ...d, ...pads }, dy, x, w, dx, null, null)
          },
        }),
      ),
    },
  }),
  ...kernelExhibits('adamw', {
    'decay-in-the-gradient': {
      says: 'decay is added to the gradient, as in Adam with L2 regularisation',
      killers: ['decoupled', 'forward', 'large'],
      link: 'https://github.com/keras-team/keras/issues/19051',
      change: ({ update }) => ({
        update: (d, s, g, m, v, w) =>
          update(
            d,
            { ...s, weightDecay: 0 },
            mapped(g, (value, i) => value + s.weightDecay * w[i]),
            m,
            v,
            w,
          ),
      }),
    },
  }),
]
