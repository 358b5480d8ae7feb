import { type Judged, type Rule, reference } from './rule.js'

/** max |x - y| / max(1e-8, |x| + |y|) */
export function relError({ data: x }: Judged['got'], y: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < x.length; i++) {
    const error = Math.abs(x[i] - y[i]) / Math.max(1e-8, Math.abs(x[i]) + Math.abs(y[i]))
    // As numpy's maximum does, which hands on NaN.
    if (!(error <= most)) most = error
    if (Number.isNaN(most)) return most
  }
  return most
}

/**
 * The comments above each check. Where they say `around e-8` or `on the order of e-8`, what prints as 9.9e-8 still is; where they
 * give a range, its upper end counts.
 */
const e = (exponent: number) => 10 ** (1 + exponent)

const thresholds: { readonly [layer: string]: { readonly [output: string]: number } } = {
  conv2d: { y: e(-8), dx: e(-8), dw: e(-8), db: e(-8) },
  affine: { y: e(-9), dx: e(-10), dw: e(-10), db: e(-10) },
  relu: { y: e(-8), dx: e(-12) },
  maxPool2d: { y: e(-8), dx: e(-12) },
  dropout: { dx: e(-10) },
  layerNorm: { dx: 1e-8, dgamma: 1e-8, dbeta: 1e-8 },
  groupNorm: { dx: 1e-7, dgamma: 1e-7, dbeta: 1e-7 },
  softmaxCrossEntropy: { dlogits: e(-8) },
  svmLoss: { dlogits: e(-9) },
  sgdMomentum: { w: e(-8), v: e(-8) },
  rmsprop: { w: e(-7), v: e(-7) },
  adam: { w: e(-7), m: e(-7), v: e(-7) },
  affineRelu: { dx: e(-10), dw: e(-10), db: e(-10) },
  convRelu: { dx: e(-8), dw: e(-8), db: e(-8) },
  convReluPool: { dx: e(-8), dw: e(-8), db: e(-8) },
}
const batchNorm = {
  vectors: { dx: 1e-8, dgamma: 1e-8, dbeta: 1e-8 },
  images: { dx: 1e-6, dgamma: 1e-6, dbeta: 1e-6 },
} as const

function thresholdsOf({ layer, case: c }: Judged): { readonly [output: string]: number } {
  if (layer !== 'batchNorm') return thresholds[layer] ?? {}
  // Gradients are checked in train mode alone.
  if (c.attrs.mode !== 'train') return {}
  return c.inputs.x.shape.length > 2 ? batchNorm.images : batchNorm.vectors
}

export const cs231n: Rule = {
  name: 'CS231n rel_error',
  source:
    'https://github.com/AnirudhM1/CS231n-2022-Solutions/blob/7a5b4949f5bca2715deec11d10fcd573cbd93c34/assignment2/ConvolutionalNetworks.ipynb',
  says: 'max |x - y| / max(1e-8, |x| + |y|), read by the student against a comment: `around e-8 or less` and the like, by layer and output',
  scope:
    'what the notebooks of assignments 1 and 2 compare: y of affine, convolution, relu and max pooling, gradients of these, of dropout, the norms, both losses and the sandwiches, steps of momentum, RMSProp and Adam; float64',
  reference:
    'constants of eight digits, and numeric gradients of the same forward pass with h = 1e-5; here the definition and its exact gradients',
  draws: 'one shape a check, `numpy.random.randn` or `numpy.linspace`',
  nonFinite: 'NaN and infinity print as nan, which no student takes for small: wrong, even where they are expected',
  judge(judged) {
    const threshold = thresholdsOf(judged)[judged.output]
    if (judged.dtype !== 'float64' || threshold === undefined) return null
    return relError(judged.got, reference(judged)) < threshold
  },
}
