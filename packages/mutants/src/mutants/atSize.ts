import type { AffineDims, BatchNormDims, Conv2dDims, Data } from '@convkit/api'
import { mapped, rounded } from './faults.js'
import { type KernelFault, kernelMutants, type Mutant, type Table } from './mutant.js'
import { affineRelu, convRelu } from './sandwiches.js'

/** Terms of a sum from which on these are wrong: on what is small each of them is right. */
const many = 1000

/** What becomes of a long sum: of its operands, and of its result. */
interface Loss {
  readonly says: string
  readonly dtype: 'float32' | 'float64'
  operand(value: number): number
  result(value: number): number
}

const same = (value: number) => value
const losses: { readonly [name: string]: Loss } = {
  'one-percent-more': { says: 'is 1 % too large', dtype: 'float32', operand: same, result: (value) => value * 1.01 },
  bfloat16: {
    says: 'is made of operands cut to bfloat16',
    dtype: 'float32',
    operand: (v) => rounded(v, 8),
    result: same,
  },
  tf32: { says: 'is made of operands cut to TF32', dtype: 'float32', operand: (v) => rounded(v, 11), result: same },
  single: {
    says: 'is made of operands loaded in single precision',
    dtype: 'float64',
    operand: Math.fround,
    result: same,
  },
}

type Product = 'conv2d' | 'affine'
type Output = 'y' | 'dx' | 'dw'

function termsOf(d: Conv2dDims | AffineDims, output: Output): number {
  if ('inSize' in d) return { y: d.inSize, dx: d.outSize, dw: d.n }[output]
  const taps = d.kH * d.kW
  return { y: (d.inC / d.groups) * taps, dx: (d.outC / d.groups) * taps, dw: d.n * d.outH * d.outW }[output]
}

/** One output of conv2d or affine with that loss, where its sums are long. */
function lossy<L extends Product>(output: Output, { operand, result }: Loss): KernelFault<L>['change'] {
  const cut = (array: Data) => mapped(array, operand)
  const stretch = (array: Data) => array.set(mapped(array, result))
  // Both tables have these two methods, with operands in the same order.
  return (right) => {
    const { forward, backward } = right as Table<'affine'>
    const change: Partial<Table<'affine'>> =
      output === 'y'
        ? {
            forward(d, x, w, b, y) {
              if (termsOf(d, 'y') < many) return forward(d, x, w, b, y)
              forward(d, cut(x), cut(w), b, y)
              stretch(y)
            },
          }
        : {
            backward(d, dy, x, w, dx, dw, db) {
              if (termsOf(d, output) < many) return backward(d, dy, x, w, dx, dw, db)
              const [own, others] =
                output === 'dx'
                  ? [
                      [dx, null],
                      [null, dw],
                    ]
                  : [
                      [null, dw],
                      [dx, null],
                    ]
              backward(d, dy, x, w, others[0], others[1], db)
              backward(d, cut(dy), cut(x), cut(w), own[0], own[1], null)
              for (const gradient of own) if (gradient) stretch(gradient)
            },
          }
    return change as Partial<Table<L>>
  }
}

function lossyProducts<L extends Product>(layer: L): Mutant[] {
  const faults: { [name: string]: KernelFault<L> } = {}
  for (const output of ['y', 'dx', 'dw'] as const)
    for (const [name, loss] of Object.entries(losses))
      faults[`long-${output}-${name}`] = {
        says: `a ${output} of ${many} terms and more ${loss.says}`,
        killers: [output === 'dw' ? 'batch-sums' : 'deep-sums'],
        dtype: loss.dtype,
        change: lossy<L>(output, loss),
      }
  return kernelMutants(layer, faults)
}

const cutWhereLong = (d: Conv2dDims | AffineDims) => (array: Data) =>
  termsOf(d, 'y') < many ? array : mapped(array, (value) => rounded(value, 11))
const fusedTf32 = {
  says: `a sum of ${many} terms and more is made of operands cut to TF32, in the fused kernel alone`,
  killers: ['deep-sums'],
  dtype: 'float32',
} as const
const lossyAffineRelu: KernelFault<'affineRelu'> = {
  ...fusedTf32,
  change: ({ forward }) => ({
    forward: (d, x, w, b, y) => forward(d, cutWhereLong(d)(x), cutWhereLong(d)(w), b, y),
  }),
}
const lossyConvRelu: KernelFault<'convRelu'> = {
  ...fusedTf32,
  change: ({ forward }) => ({
    forward: (d, x, w, b, y) => forward(d, cutWhereLong(d)(x), cutWhereLong(d)(w), b, y),
  }),
}

/** The call on the images but the last two of fifty and more. */
const withoutTwo = (d: BatchNormDims): BatchNormDims => (d.n >= 50 ? { ...d, n: d.n - 2 } : d)

export const atSizeMutants: readonly Mutant[] = [
  ...lossyProducts('conv2d'),
  ...lossyProducts('affine'),
  ...kernelMutants('affineRelu', { 'long-sums-tf32': lossyAffineRelu }, { right: affineRelu }),
  ...kernelMutants('convRelu', { 'long-sums-tf32': lossyConvRelu }, { right: convRelu }),
  ...kernelMutants('batchNorm', {
    'two-images-left-out-of-statistics': {
      says: 'mean and variance are those of all but the last two of 50 images and more',
      killers: ['batch-sums'],
      change: ({ statistics }) => ({ statistics: (d, ...storages) => statistics(withoutTwo(d), ...storages) }),
    },
    'two-images-left-out-of-dgamma': {
      says: 'dgamma leaves out the last two of 50 images and more',
      killers: ['batch-sums'],
      change: ({ reduce }) => ({
        reduce(d, s, dy, x, mean, variance, dgamma, dbeta) {
          reduce(d, s, dy, x, mean, variance, dgamma, dbeta)
          reduce(withoutTwo(d), s, dy, x, mean, variance, dgamma, dbeta.slice())
        },
      }),
    },
    'two-images-left-out-of-dbeta': {
      says: 'dbeta leaves out the last two of 50 images and more',
      killers: ['batch-sums'],
      change: ({ reduce }) => ({
        reduce(d, s, dy, x, mean, variance, dgamma, dbeta) {
          reduce(d, s, dy, x, mean, variance, dgamma, dbeta)
          reduce(withoutTwo(d), s, dy, x, mean, variance, dgamma.slice(), dbeta)
        },
      }),
    },
    'long-dbeta-one-percent-more': {
      says: 'dbeta over more than 50,000 elements is 1 % too large',
      killers: ['batch-sums'],
      change: ({ reduce }) => ({
        reduce(d, s, dy, x, mean, variance, dgamma, dbeta) {
          reduce(d, s, dy, x, mean, variance, dgamma, dbeta)
          if (d.n * d.inner > 50_000) dbeta.set(mapped(dbeta, (value) => value * 1.01))
        },
      }),
    },
  }),
  ...kernelMutants('layerNorm', {
    'last-stretch-of-long-rows': {
      says: 'the mean of rows of more than 4,000 elements leaves out the last 256',
      killers: ['deep-sums'],
      change: ({ forward }) => ({
        forward(d, s, x, gamma, beta, y, mean, variance) {
          forward(d, s, x, gamma, beta, y, mean, variance)
          if (d.size <= 4000) return
          for (let row = 0; row < d.n; row++) {
            const own = Float64Array.from(x.subarray(row * d.size, (row + 1) * d.size - 256))
            mean[row] = own.reduce((a, b) => a + b, 0) / own.length
          }
        },
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'last-rows-of-a-long-batch': {
      says: 'the loss of 1,000 rows and more leaves out the last two',
      killers: ['batch-sums'],
      change: ({ forward }) => ({
        forward: (d, s, logits, labels, loss) =>
          forward(d.n < many ? d : { ...d, n: d.n - 2 }, s, logits, labels, loss),
      }),
    },
  }),
  ...kernelMutants('vector', {
    'long-sum-of-squares-tf32': {
      says: 'squares are taken of numbers cut to TF32 where there are more than 50,000',
      killers: ['deep-sums'],
      dtype: 'float32',
      change: ({ sumOfSquares }) => ({
        sumOfSquares: (d, x, y) => sumOfSquares(d, d.size < 50_000 ? x : mapped(x, (v) => rounded(v, 11)), y),
      }),
    },
    'last-block-of-a-long-sum': {
      says: 'the sum of more than 50,000 squares leaves out the last one',
      killers: ['deep-sums'],
      change: ({ sumOfSquares }) => ({
        sumOfSquares: (d, x, y) => sumOfSquares(d.size < 50_000 ? d : { size: d.size - 1 }, x, y),
      }),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'large-window-tf32': {
      says: 'windows of 256 elements and more average numbers cut to TF32',
      killers: ['deep-sums'],
      dtype: 'float32',
      change: ({ forward }) => ({
        forward: (d, x, y) => forward(d, d.kH * d.kW < 256 ? x : mapped(x, (v) => rounded(v, 11)), y),
      }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'large-window-gradient-tf32': {
      says: 'windows of 256 elements and more hand on gradients cut to TF32',
      killers: ['deep-sums'],
      dtype: 'float32',
      change: ({ backward }) => ({
        backward: (d, dy, x, y, dx) =>
          backward(d, d.kH * d.kW < 256 ? dy : mapped(dy, (v) => rounded(v, 11)), x, y, dx),
      }),
    },
  }),
]
