import type { Data, LossDims } from '@convkit/api'
import { given } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'

/** Exponentials of what is shifted by one maximum for all rows. */
function exponentials({ n, classes }: LossDims, logits: Data): { most: number; sums: number[] } {
  let most = -Infinity
  for (const value of logits) most = Math.max(most, value)
  const sums = Array.from({ length: n }, (_, row) => {
    let sum = 0
    for (const value of logits.subarray(row * classes, (row + 1) * classes)) sum += Math.exp(value - most)
    return sum
  })
  return { most, sums }
}

export const accelerated: readonly Exhibit[] = [
  ...kernelExhibits('layerNorm', {
    'epsilon-lost': {
      says: 'TIM-VX: epsilon arrives as 0, and rows of equal values are NaN',
      killers: ['scale', 'forward', 'centred'],
      link: 'https://github.com/VeriSilicon/TIM-VX/pull/589',
      change: given('forward', (d, _s, ...storages) => [d, { eps: 0 }, ...storages]),
    },
  }),
  ...kernelExhibits('softmaxCrossEntropy', {
    'one-maximum-for-all-rows': {
      says: 'crysx_nn: logits are shifted by the largest of all rows, and the exponentials of a row far below it are all zero',
      killers: ['range', 'rows', 'shift'],
      link: 'https://github.com/manassharma07/crysx_nn/issues/7',
      change: () => ({
        forward(d, { scale }, logits, labels, loss) {
          const { most, sums } = exponentials(d, logits)
          loss[0] =
            scale *
            sums.reduce((total, sum, n) => total + Math.log(sum) - (logits[n * d.classes + labels[n]] - most), 0)
        },
        backward(d, { scale }, logits, labels, dlogits) {
          const { most, sums } = exponentials(d, logits)
          for (let i = 0; i < logits.length; i++) {
            const [n, c] = [Math.floor(i / d.classes), i % d.classes]
            dlogits[i] = scale * (Math.exp(logits[i] - most) / sums[n] - (c === labels[n] ? 1 : 0))
          }
        },
      }),
    },
  }),
  ...kernelExhibits('adamw', {
    'decayed-after-the-step': {
      says: 'bitsandbytes, Triton: weights decay after Adam has moved them, and so does its step',
      killers: ['decoupled', 'forward', 'elements'],
      link: 'https://github.com/bitsandbytes-foundation/bitsandbytes/issues/2010',
      change: ({ update }) => ({
        update(d, s, g, m, v, w) {
          update(d, { ...s, weightDecay: 0 }, g, m, v, w)
          for (let i = 0; i < d.size; i++) w[i] *= 1 - s.learningRate * s.weightDecay
        },
      }),
    },
  }),
  ...kernelExhibits('adam', {
    'steps-counted-by-call': {
      says: 'DiffSharp: the steps are counted by the updates of single parameters',
      killers: ['several-parameters', 'forward', 'sweep-step'],
      link: 'https://github.com/DiffSharp/DiffSharp/issues/292',
      change({ update }) {
        let step = 0
        return {
          update(d, s, ...storages) {
            step++
            update(d, { ...s, step }, ...storages)
          },
        }
      },
    },
  }),
]
