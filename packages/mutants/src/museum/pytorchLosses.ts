import type { Data, LossDims, SoftmaxCrossEntropyKernels } from '@convkit/api'
import type { KernelFault } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'

type LogSoftmax = (d: LossDims, logits: Data, n: number) => (c: number) => number
type Kernels = SoftmaxCrossEntropyKernels<Data>

/** Cross entropy made of another log softmax, in the calls that `trigger` picks. */
function made(logSoftmax: LogSoftmax, trigger: (d: LossDims) => boolean = () => true): (right: Kernels) => Kernels {
  return ({ forward, backward }) => ({
    forward(d, s, logits, t, loss) {
      if (!trigger(d)) return forward(d, s, logits, t, loss)
      let total = 0
      for (let n = 0; n < d.n; n++) total -= logSoftmax(d, logits, n)(t[n])
      loss[0] = s.scale * total
    },
    backward(d, s, logits, t, dlogits) {
      if (!trigger(d)) return backward(d, s, logits, t, dlogits)
      for (let n = 0; n < d.n; n++) {
        const logP = logSoftmax(d, logits, n)
        for (let c = 0; c < d.classes; c++)
          dlogits[n * d.classes + c] = s.scale * (Math.exp(logP(c)) - (c === t[n] ? 1 : 0))
      }
    },
  })
}

function maximum(row: Float64Array): number {
  return row.reduce((max, value) => Math.max(max, value), -Infinity)
}

const rowOf = ({ classes }: LossDims, logits: Data, n: number) =>
  Float64Array.from(logits.subarray(n * classes, (n + 1) * classes))

/** log(sum(exp(row - max))) of the elements that `counts`. */
function logSum(row: Float64Array, max: number, counts: (c: number) => boolean = () => true): number {
  return Math.log(row.reduce((sum, value, c) => (counts(c) ? sum + Math.exp(value - max) : sum), 0))
}

const rounded: LogSoftmax = (d, logits, n) => {
  const row = rowOf(d, logits, n)
  const max = maximum(row)
  const shift = Math.fround(max + Math.fround(logSum(row, max)))
  return (c) => Math.fround(row[c] - shift)
}

/** Elements behind the last vector of four that begins at an address that is a multiple of its size stay as they were. */
const misaligned: LogSoftmax = (d, logits, n) => {
  const row = rowOf(d, logits, n)
  const max = maximum(row)
  const log = logSum(row, max)
  const end = d.classes - ((n * d.classes) % 4)
  return (c) => (c < end ? row[c] - max - log : row[c])
}

const oddRows: LogSoftmax = (d, logits, n) => {
  const row = rowOf(d, logits, n)
  const max = maximum(row)
  const log = logSum(row, max, (c) => n % 2 === 0 || c < d.classes - 1)
  return (c) => row[c] - max - log
}

const chunk = 2048

/** In the first call, the exponentials of every second chunk are good to 12 bits only. */
const firstCall: KernelFault<'softmaxCrossEntropy'>['change'] = (right) => {
  const isSecond = (at: number) => Math.floor(at / chunk) % 2 === 1
  const coarse: LogSoftmax = (d, logits, n) => {
    const row = rowOf(d, logits, n)
    const max = maximum(row)
    const exps = row.map((value, c) => Math.exp(value - max) * (isSecond(n * d.classes + c) ? 1 + 2 ** -12 : 1))
    const log = Math.log(exps.reduce((a, b) => a + b, 0))
    return (c) => row[c] - max - log
  }
  let calls = 0
  const { forward } = made(coarse, (d) => calls++ === 0 && d.n * d.classes >= 2 * chunk)(right)
  return { forward }
}

const losses = kernelExhibits('softmaxCrossEntropy', {
  'mps-gradient-from-above-ignored': {
    says: 'MPS: the gradient is that of the mean over the batch, whatever the loss is multiplied by',
    killers: ['backward', 'scale', 'numeric-gradient'],
    link: 'https://github.com/pytorch/pytorch/pull/94226',
    change: ({ backward }) => ({
      backward: (d, _s, ...storages) => backward(d, { scale: 1 / d.n }, ...storages),
    }),
  },
  'cuda-shift-after-log': {
    says: 'CUDA: the logarithm of the sum is added to the largest logit before that is subtracted, and drowns in one of 10^7',
    killers: ['shift', 'forward', 'range'],
    link: 'https://github.com/pytorch/pytorch/issues/38839',
    dtype: 'float32',
    change: made(rounded),
  },
  'cuda-misaligned-ends': {
    says: 'CUDA: above 1,024 classes the vectorised kernel leaves the last logits of rows that begin between vectors as they are',
    killers: ['deep-sums', 'sweep-classes', 'large'],
    link: 'https://github.com/pytorch/pytorch/pull/38534',
    dtype: 'float32',
    change: made(misaligned, ({ classes }) => classes > 1024),
  },
  'cuda-odd-classes-of-float64': {
    says: 'CUDA: in float64, between 512 and 1,024 classes, an odd number of them makes the sum of every second row wrong',
    killers: ['sweep-classes', 'large'],
    link: 'https://github.com/pytorch/pytorch/issues/147284',
    dtype: 'float64',
    change: made(
      oddRows,
      ({ n, classes }) => n > 1 && classes > 512 && classes < 1024 && classes % 2 === 1 && classes % 32 !== 31,
    ),
  },
  'vml-first-call-in-low-precision': {
    says: 'CPU: in the first call threads race for the choice of exp, and one of them computes its chunk to 12 bits',
    killers: ['first-call', 'large', 'batch-sums', 'deep-sums'],
    link: 'https://github.com/pytorch/pytorch/issues/188792',
    dtype: 'float32',
    change: firstCall,
  },
})

export const pytorchLossExhibits: readonly Exhibit[] = losses
