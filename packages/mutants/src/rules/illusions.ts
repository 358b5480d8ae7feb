import type { Data } from '@convkit/api'
import { mapped } from '../mutants/faults.js'
import { given, kernelMutants, type Mutant } from '../mutants/mutant.js'

/**
 * The ten faults that "The Correctness Illusion in LLM-Generated GPU Kernels" (Sarkar 2026, arXiv:2606.20128, table 1) plants in
 * kernels for inference. Of its operators this interface has softmax and matrix products; the other faults are planted in the
 * layer that is nearest.
 */
export interface Illusion {
  readonly mutant: Mutant
  /** The kernel there. */
  readonly theirs: string
  readonly fault: string
  /** Whether the layer here computes the same thing; else the nearest that there is. */
  readonly same: boolean
}

const killers = ['forward', 'large']

/** Columns in one block of a power of two, as a kernel that takes a row at a time has them. */
const blockFor = (columns: number) => 2 ** Math.ceil(Math.log2(columns))

interface Row {
  readonly logits: Data
  readonly from: number
  readonly classes: number
}

type LogSumExp = (row: Row) => { readonly max: number; readonly sum: number }

function maximumOf({ logits, from, classes }: Row): number {
  let max = -Infinity
  for (let i = from; i < from + classes; i++) max = Math.max(max, logits[i])
  return max
}

function sumOf({ logits, from, classes }: Row, max: number): number {
  let sum = 0
  for (let i = from; i < from + classes; i++) sum += Math.exp(logits[i] - max)
  return sum
}

/** Softmax whose row statistics are made by `statistics`, in both passes. */
function softmax(says: string, statistics: LogSumExp) {
  return kernelMutants('softmaxCrossEntropy', {
    [says]: {
      says,
      killers,
      change: () => ({
        forward({ n: N, classes }, { scale }, logits, t, loss) {
          let total = 0
          for (let n = 0; n < N; n++) {
            const { max, sum } = statistics({ logits, from: n * classes, classes })
            total += Math.log(sum) - (logits[n * classes + t[n]] - max)
          }
          loss[0] = scale * total
        },
        backward({ n: N, classes }, { scale }, logits, t, dlogits) {
          for (let n = 0; n < N; n++) {
            const from = n * classes
            const { max, sum } = statistics({ logits, from, classes })
            for (let c = 0; c < classes; c++)
              dlogits[from + c] = scale * (Math.exp(logits[from + c] - max) / sum - (c === t[n] ? 1 : 0))
          }
        },
      }),
    },
  })
}

const paddingOf = ({ classes }: Row) => blockFor(classes) - classes

/** A sum over blocks of 16 logits, with the maximum so far, which is never rescaled when the maximum grows. */
function online(row: Row) {
  let [max, sum] = [-Infinity, 0]
  for (let from = row.from; from < row.from + row.classes; from += 16) {
    const block = { ...row, from, classes: Math.min(16, row.from + row.classes - from) }
    max = Math.max(max, maximumOf(block))
    sum += sumOf(block, max)
  }
  return { max, sum }
}

const squareOfRoot = (variance: number, eps: number) => variance + eps

const parts: readonly (Omit<Illusion, 'mutant'> & { readonly mutants: readonly Mutant[] })[] = [
  {
    theirs: 'softmax_llm_buggy',
    fault: 'the lanes behind a row that does not fill its block count in the sum',
    same: true,
    mutants: softmax('tail-lanes-in-sum', (row) => {
      const max = maximumOf(row)
      return { max, sum: sumOf(row, max) + paddingOf(row) * Math.exp(-max) }
    }),
  },
  {
    theirs: 'softmax_triton_buggy',
    fault: 'masked lanes are loaded as 0 instead of -infinity, in the maximum and in the sum',
    same: true,
    mutants: softmax('masked-lanes-zero', (row) => {
      const max = paddingOf(row) > 0 ? Math.max(0, maximumOf(row)) : maximumOf(row)
      return { max, sum: sumOf(row, max) + paddingOf(row) * Math.exp(-max) }
    }),
  },
  {
    theirs: 'gelu_triton_buggy',
    fault: 'the constant factor in front is left out: in average pooling, 1 / k',
    same: false,
    mutants: kernelMutants('avgPool2d', {
      'factor-left-out': {
        says: 'the factor in front of the sum is left out',
        killers,
        change: ({ forward }) => ({
          forward(d, x, y) {
            forward({ ...d, countIncludePad: true }, x, y)
            for (let i = 0; i < y.length; i++) y[i] *= d.kH * d.kW
          },
        }),
      },
    }),
  },
  {
    theirs: 'silu_triton_buggy',
    fault: 'sigmoid(2 x) for sigmoid(x): in softmax, which is the sigmoid of more than two, twice the logits',
    same: false,
    mutants: kernelMutants('softmaxCrossEntropy', {
      'twice-the-logits': {
        says: 'softmax of twice the logits',
        killers,
        change: given('forward', (d, s, logits, ...storages) => [d, s, mapped(logits, (x) => 2 * x), ...storages]),
      },
    }),
  },
  {
    theirs: 'rmsnorm_triton_buggy',
    fault: 'divided by the mean of squares and not by its root: in layer norm, by the variance',
    same: false,
    mutants: kernelMutants('layerNorm', {
      'root-left-out': {
        says: 'divided by variance + eps and not by its root',
        killers,
        change: ({ forward }) => ({
          forward(d, s, x, gamma, beta, y, mean, variance) {
            forward(d, s, x, gamma, beta, y, mean, variance)
            for (let n = 0; n < d.n; n++)
              for (let j = 0; j < d.size; j++) {
                const i = n * d.size + j
                y[i] = (gamma[j] * (x[i] - mean[n])) / squareOfRoot(variance[n], s.eps) + beta[j]
              }
          },
        }),
      },
    }),
  },
  {
    theirs: 'l2norm_triton_buggy',
    fault: 'divided by the sum of squares and not by its root: in group norm, by the variance',
    same: false,
    mutants: kernelMutants('groupNorm', {
      'root-left-out': {
        says: 'divided by variance + eps and not by its root',
        killers,
        change: ({ forward }) => ({
          forward(d, s, x, gamma, beta, y, mean, variance) {
            forward(d, s, x, gamma, beta, y, mean, variance)
            for (let i = 0; i < x.length; i++) {
              const channel = Math.floor(i / d.inner) % d.channels
              const image = Math.floor(i / (d.inner * d.channels))
              const g = image * d.groups + Math.floor((channel * d.groups) / d.channels)
              y[i] = (gamma[channel] * (x[i] - mean[g])) / squareOfRoot(variance[g], s.eps) + beta[channel]
            }
          },
        }),
      },
    }),
  },
  {
    theirs: 'leaky_relu_triton_buggy',
    fault: 'a slope of 0.1 below zero instead of 0.01: in relu, instead of 0',
    same: false,
    mutants: kernelMutants('relu', {
      'slope-below-zero': {
        says: 'a slope of 0.1 below zero',
        killers,
        change: () => ({
          forward(d, x, y) {
            for (let i = 0; i < d.size; i++) y[i] = x[i] <= 0 ? 0.1 * x[i] : x[i]
          },
        }),
      },
    }),
  },
  {
    theirs: 'matmul_triton_buggy',
    fault: 'acc = for acc +=: of the blocks of 32 along the reduction the last one is left',
    same: true,
    mutants: kernelMutants('affine', {
      'last-block-alone': {
        says: 'acc = for acc +=: of the blocks of 32 along the reduction the last one is left',
        killers,
        change: () => ({
          forward({ n: N, inSize: D, outSize: M }, x, w, b, y) {
            const first = 32 * Math.floor((D - 1) / 32)
            for (let n = 0; n < N; n++)
              for (let m = 0; m < M; m++) {
                let sum = b ? b[m] : 0
                for (let d = first; d < D; d++) sum += x[n * D + d] * w[d * M + m]
                y[n * M + m] = sum
              }
          },
        }),
      },
    }),
  },
  {
    theirs: 'attention_triton_buggy',
    fault: 'the scale of the scores is left out: in SVM loss, the scale',
    same: false,
    mutants: kernelMutants('svmLoss', {
      'scale-left-out': {
        says: 'the scale is left out',
        killers,
        change: given('forward', (d, _s, ...storages) => [d, { scale: 1 }, ...storages]),
      },
    }),
  },
  {
    theirs: 'flash_attention_triton_buggy',
    fault: 'what was summed up is not rescaled when the running maximum grows',
    same: true,
    mutants: softmax('sum-not-rescaled', online),
  },
]

export const illusions: readonly Illusion[] = parts.map(({ mutants: [mutant], ...rest }) => ({ mutant, ...rest }))

export const illusionMutants: readonly Mutant[] = illusions.map(({ mutant }) => mutant)
