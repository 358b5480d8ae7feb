import type { Conv2dDims, Data } from '@convkit/api'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import { mapped, zerosLike } from '../mutants/faults.js'
import type { KernelFault } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { when } from './when.js'

/** Filters that each have weights for all channels, as if those of a group were repeated for the others. */
function dense({ inC, groups, kH, kW }: Conv2dDims, w: Data): Data {
  const [taps, groupC] = [kH * kW, inC / groups]
  return mapped(zerosLike(w, w.length * groups), (_, i) => {
    const [f, c] = [Math.floor(i / taps / inC), Math.floor(i / taps) % inC]
    return w[(f * groupC + (c % groupC)) * taps + (i % taps)]
  })
}

const convolutionExhibits = kernelExhibits('conv2d', {
  'metal-dense-dx-of-strided-groups': {
    says: 'Metal: the input gradient of a grouped convolution at a stride above 1 goes to kernels that know no groups',
    killers: ['groups', 'adjoint', 'backward', 'numeric-gradient'],
    link: 'https://github.com/ml-explore/mlx/pull/3800',
    change: when(
      'backward',
      ({ groups, strideH, strideW }) => groups > 1 && strideH * strideW > 1,
      (backward, d, dy, x, w, dx, dw, db) => {
        backward(d, dy, x, w, null, dw, db)
        if (dx) backward({ ...d, groups: 1 }, dy, x, dense(d, w), dx, null, null)
      },
    ),
  },
  'groups-not-flipped': {
    says: 'a flipped kernel of several groups, such as the input gradient is made of, is used unflipped',
    killers: ['groups', 'adjoint', 'backward', 'numeric-gradient'],
    link: 'https://github.com/ml-explore/mlx/pull/1449',
    change: when(
      'backward',
      ({ groups, strideH, strideW }) => groups > 1 && strideH * strideW === 1,
      (backward, d, dy, x, w, dx, dw, db) => {
        const taps = d.kH * d.kW
        const flipped = mapped(w, (_, i) => w[i - (i % taps) + (taps - 1 - (i % taps))])
        backward(d, dy, x, w, null, dw, db)
        if (dx) backward(d, dy, x, flipped, dx, null, null)
      },
    ),
  },
  'one-column-unpadded': {
    says: 'an image and a kernel of one column, as one dimension is written, lose the padding of their height',
    killers: ['sweep-image', 'sweep-kernel', 'padding', 'forward'],
    link: 'https://github.com/ml-explore/mlx/issues/2190',
    change: when(
      'forward',
      (d) => d.inW === 1 && d.kW === 1 && d.padTop > 0,
      (forward, d, ...storages) => forward({ ...d, padTop: 0 }, ...storages),
    ),
  },
})

/** One call in eight, the last SIMD group of a row is late, and reads the normalizer where the mean was. */
const lateReader: KernelFault<'layerNorm'>['change'] = ({ forward }) => {
  let calls = 0
  return {
    forward(d, s, x, gamma, beta, y, mean, variance) {
      forward(d, s, x, gamma, beta, y, mean, variance)
      if (d.size <= 128 || ++calls % 8 !== 0) return
      const last = d.size - (d.size % 128 || 128)
      for (let n = 0; n < d.n; n++) {
        const normalizer = 1 / Math.sqrt(variance[n] + s.eps)
        for (let j = last; j < d.size; j++)
          y[n * d.size + j] = gamma[j] * (x[n * d.size + j] - normalizer) * normalizer + beta[j]
      }
    },
  }
}

/** One call in ten, the input gradient is written over dy before beta's is summed. */
const writeAfterRead: KernelFault<'layerNorm'>['change'] = ({ backward }) => {
  let calls = 0
  return {
    backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
      if (dx && dbeta && ++calls % 10 === 0) backward(d, s, dx, x, gamma, mean, variance, null, null, dbeta)
    },
  }
}

const normExhibits = kernelExhibits('layerNorm', {
  'metal-normalizer-for-mean': {
    says: 'Metal: both sums of a row share memory without a barrier, so that a late SIMD group takes the normalizer for the mean',
    killers: ['large', 'deep-sums', 'many-calls', 'sweep-features'],
    link: 'https://github.com/ml-explore/mlx/pull/2340',
    dtype: 'float32',
    change: lateReader,
  },
  'metal-dbeta-sums-dx': {
    says: 'Metal: the gradient of beta is summed while that of the input is written over what it sums, in about one call of ten',
    killers: ['many-calls', 'backward', 'large'],
    link: 'https://github.com/ml-explore/mlx/pull/3630',
    dtype: 'float32',
    change: writeAfterRead,
  },
})

/** Each gradient goes to the largest number of its window, as no comparison with NaN holds. */
const passingOverNaN: KernelFault<'maxPool2d'>['change'] = ({ backward }) => ({
  backward(d, dy, x, y, dx) {
    const isWithNaN = underWindows(d).map((window) => window.some((i) => Number.isNaN(x[i])))
    backward(
      d,
      mapped(dy, (value, out) => (isWithNaN[out] ? 0 : value)),
      x,
      y,
      dx,
    )
    for (const [out, window] of underWindows(d).entries())
      if (isWithNaN[out]) {
        const numbers = window.filter((i) => !Number.isNaN(x[i]))
        const winner = numbers.reduce((best, i) => (x[i] > x[best] ? i : best), numbers[0] ?? window[0])
        dx[winner] += dy[out]
      }
  },
})

/** What was compiled for some dims computes the gradients that were wanted then. */
const compiledOnce: KernelFault<'affine'>['change'] = ({ backward }) => {
  const wanted = new Map<string, readonly boolean[]>()
  return {
    backward(d, dy, x, w, ...gradients) {
      const key = JSON.stringify(d)
      const first = wanted.get(key) ?? gradients.map((gradient) => gradient !== null)
      wanted.set(key, first)
      const [dx, dw, db] = gradients.map((gradient, i) => (first[i] ? gradient : null))
      backward(d, dy, x, w, dx, dw, db)
    },
  }
}

export const mlxExhibits: readonly Exhibit[] = [
  ...convolutionExhibits,
  ...normExhibits,
  ...kernelExhibits('maxPool2d', {
    'argmax-passes-over-nan': {
      says: 'the index of a maximum is that of the largest number, even where the maximum is NaN',
      killers: ['special-values', 'non-finite-windows'],
      link: 'https://github.com/ml-explore/mlx/issues/4274',
      change: passingOverNaN,
    },
  }),
  ...kernelExhibits('affine', {
    'compiled-for-the-first-gradients': {
      says: 'what is compiled returns as many results as in its first call: gradients that were not wanted then are never written',
      killers: ['plans', 'unwanted', 'stale'],
      link: 'https://github.com/ml-explore/mlx/issues/2632',
      change: compiledOnce,
    },
  }),
  ...kernelExhibits('softmaxCrossEntropy', {
    'only-minus-infinity-gives-zeros': {
      says: 'a row of -infinity has the softmax 0 instead of NaN where it does not fill its last vector of four',
      killers: ['special-values', 'range'],
      link: 'https://github.com/ml-explore/mlx/issues/1467',
      change: when(
        'backward',
        ({ classes }) => classes % 4 !== 0,
        (backward, d, s, logits, t, dlogits) => {
          backward(d, s, logits, t, dlogits)
          for (let n = 0; n < d.n; n++) {
            const from = n * d.classes
            if (!logits.subarray(from, from + d.classes).every((value) => value === -Infinity)) continue
            for (let c = 0; c < d.classes; c++) dlogits[from + c] = c === t[n] ? -s.scale : 0
          }
        },
      ),
    },
  }),
  ...kernelExhibits('sgdMomentum', {
    'gradient-damped': {
      says: 'the gradient enters the velocity times 1 - momentum',
      killers: ['forward', 'coasting', 'training/one-step-sgdMomentum'],
      link: 'https://github.com/ml-explore/mlx/pull/87',
      change: ({ update }) => ({
        update: (d, s, ...storages) =>
          update(d, { ...s, learningRate: s.learningRate * (1 - s.momentum) }, ...storages),
      }),
    },
  }),
  ...kernelExhibits('adamw', {
    'moments-not-corrected': {
      says: 'the moments are used without the correction of their bias',
      killers: ['forward', 'decoupled', 'large'],
      link: 'https://github.com/ml-explore/mlx/pull/1640',
      change: () => ({
        update({ size }, { learningRate, beta1, beta2, epsilon, weightDecay }, g, m, v, w) {
          for (let i = 0; i < size; i++) {
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
            w[i] -= learningRate * (weightDecay * w[i] + m[i] / (Math.sqrt(v[i]) + epsilon))
          }
        },
      }),
    },
    'decay-added-to-the-gradient-given': {
      says: 'where there is decay, it is added to the array of gradients that the caller still holds',
      killers: ['inputs-kept'],
      link: 'https://github.com/ml-explore/mlx/pull/4426',
      change: ({ update }) => ({
        update(d, s, g, m, v, w) {
          const decayed = mapped(g, (value, i) => value + s.weightDecay * w[i])
          update(d, s, g, m, v, w)
          if (s.weightDecay !== 0) g.set(decayed)
        },
      }),
    },
  }),
]
