import type { NdArray } from '@convkit/conformance/internal/core/case'
import { everywhere, type Judged, type Rule } from './rule.js'
import type { Tolerance } from './torch.js'

/** `numeric_limits<float>::epsilon()`: twice the unit roundoff. */
const epsilon = 2 ** -23

/** gamma of 2 k roundings, or six standard deviations of them where it grows beyond a hundredth. */
export function computeGamma(k: number): number {
  const nU = 2 * k * epsilon
  return nU < 0.01 ? nU / (1 - nU) : 6 * Math.sqrt(2 * k) * epsilon
}

const largestIn = new WeakMap<NdArray, number>()

function largest(array: NdArray): number {
  const known = largestIn.get(array)
  if (known !== undefined) return known
  let most = 0
  for (const value of array.data) most = Math.max(most, Math.abs(value))
  largestIn.set(array, most)
  return most
}

/** The infinity norm of a matrix: the largest sum of a row's magnitudes. */
function rowNorm({ data }: NdArray, columns: number): number {
  let most = 0
  for (let row = 0; row < data.length; row += columns) {
    let sum = 0
    for (let i = row; i < row + columns; i++) sum += Math.abs(data[i])
    most = Math.max(most, sum)
  }
  return most
}

/** gamma times the sum of as many products as there are, each as large as the largest of any two operands. */
const ofProducts = (terms: number, a: NdArray, b: NdArray) => computeGamma(terms) * terms * largest(a) * largest(b)

type Calculate = (inputs: Judged['case']['inputs'], judged: Judged) => number | null

/** A convolution has no bias there. */
const convolution: { readonly [output: string]: Calculate } = {
  y: ({ x, w, b }) => (b ? null : ofProducts(w.shape[1] * w.shape[2] * w.shape[3], x, w)),
  dx: ({ w }, { case: { dy } }) => (dy ? ofProducts(w.shape[0] * w.shape[2] * w.shape[3], dy, w) : null),
  dw: ({ x }, { case: { dy } }) => (dy ? ofProducts(dy.shape[0] * dy.shape[2] * dy.shape[3], x, dy) : null),
}

const calculate: { readonly [layer: string]: { readonly [output: string]: Calculate } } = {
  conv2d: convolution,
  affine: {
    y: ({ x, w, b }) => (b ? null : computeGamma(w.shape[0]) * rowNorm(x, w.shape[0]) * rowNorm(w, w.shape[1])),
  },
  batchNorm: {
    y(inputs, { case: c }) {
      const { x, gamma, beta, runningMean, runningVar } = inputs
      if (c.attrs.mode === 'test') {
        const inverse = 1 / Math.sqrt(Math.min(...runningVar.data) + Number(c.attrs.eps))
        const product = (largest(x) + largest(runningMean)) * inverse * largest(gamma)
        return epsilon * (7 * product + largest(beta))
      }
      const growth = 1.5 * computeGamma(elementsOfAChannel(x)) + 7 * epsilon
      return (largest(x) > 0 ? growth * largest(gamma) : 0) + epsilon * largest(beta)
    },
    mean: ({ x }) => (computeGamma(elementsOfAChannel(x)) + epsilon) * largest(x),
  },
  layerNorm: {
    y({ x, gamma, beta }) {
      const growth = computeGamma(2 * (x.data.length / x.shape[0])) / 2 + 5 * epsilon
      return (largest(x) > 0 ? growth * largest(gamma) : 0) + epsilon * largest(beta)
    },
  },
}

const elementsOfAChannel = ({ data, shape }: NdArray) => data.length / shape[1]

/** Those that were registered with a relative part of their own; else the one number serves as both. */
const ownRelative: { readonly [output: string]: number } = { 'conv2d/dx': 0.01, 'conv2d/dw': 0.01 }

function isClose(got: number, expected: number, { atol, rtol }: Tolerance): boolean {
  const [gotFinite, expectedFinite] = [Number.isFinite(got), Number.isFinite(expected)]
  if (!gotFinite || !expectedFinite) return gotFinite === expectedFinite
  return !(Math.abs(got - expected) > atol + rtol * Math.abs(expected))
}

const nonFinite = 'whatever is not finite agrees with whatever is not finite; one of the two alone is wrong'
const common = {
  reference: 'a reference kernel on the processor, cast to the dtype; here the definition, rounded to float32',
  draws: 'random in fixed ranges such as [-1, 1], a list of shapes an operation',
  nonFinite,
}

export const hipdnnDynamic: Rule = {
  name: 'hipDNN dynamic tolerances',
  source:
    'https://github.com/ROCm/rocm-libraries/blob/16e9599bf26fde2e338d952f9935b464c380bab5/projects/hipdnn/test_sdk/include/hipdnn_test_sdk/utilities/DynamicTolerancesConv.hpp',
  says: '|got - expected| <= t + r |expected|, t = gamma(2 k) k max|a| max|b| for convolutions of k taps, gamma ||A|| ||B|| for matrix products, and chains of gamma for norms; r is t, and 0.01 for the gradients of convolutions',
  scope:
    'convolutions without bias and their gradients, matrix products without bias, y and mean of batch norm, y of layer norm, float32',
  ...common,
  judge(judged) {
    if (judged.dtype !== 'float32') return null
    const atol = calculate[judged.layer]?.[judged.output]?.(judged.case.inputs, judged) ?? null
    if (atol === null) return null
    const rtol = ownRelative[`${judged.layer}/${judged.output}`] ?? atol
    return everywhere(judged, (got, expected) => isClose(got, expected, { atol, rtol }))
  },
}

const conv = { y: 1e-5, dx: 8.5e-6, dw: 2e-4 }
const pointwise = 1e-5
const fixed: { readonly [layer: string]: (judged: Judged) => number | undefined } = {
  conv2d: ({ output, case: c }) => (output === 'y' && c.inputs.b ? undefined : conv[output as keyof typeof conv]),
  affine: ({ output, case: c }) => (output === 'y' && !c.inputs.b ? 1e-5 : undefined),
  relu: () => pointwise,
  batchNorm({ method, output, case: c }) {
    if (output.startsWith('running') || output === 'variance') return undefined
    if (method === 'backward') return 2e-3
    return c.attrs.mode === 'train' ? 4e-3 : 2e-4
  },
  layerNorm: ({ method, output }) => (method === 'forward' && output !== 'variance' ? 1e-4 : undefined),
  vector: ({ output }) => (output === 'fill' || output === 'copy' ? undefined : pointwise),
}

export const hipdnnFixed: Rule = {
  name: 'hipDNN fixed tolerances',
  source:
    'https://github.com/ROCm/rocm-libraries/blob/3669bd85ec9fac7803783713f4bdfa939b9ad067/projects/hipdnn/test_sdk/include/hipdnn_test_sdk/utilities/TestTolerances.hpp',
  says: '|got - expected| <= t + t |expected|, t by operation: convolution 1e-5, dx 8.5e-6, dw 2e-4; batch norm 2e-4 in test and 4e-3 in train mode, gradients 2e-3; layer norm 1e-4; matrix products and pointwise operations 1e-5',
  scope:
    'convolutions and matrix products without bias, gradients of convolutions, relu, batch norm and layer norm, vector operations, float32',
  ...common,
  judge(judged) {
    if (judged.dtype !== 'float32') return null
    const t = fixed[judged.layer]?.(judged)
    if (t === undefined) return null
    return everywhere(judged, (got, expected) => isClose(got, expected, { atol: t, rtol: t }))
  },
}
