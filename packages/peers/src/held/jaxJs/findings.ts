import type { Finding, HeldLibrary } from '../finding.js'

const source = 'https://github.com/ekzhang/jax-js/blob/4014cc4979c76257ba160d6dc8fc4c978d03e0c4/src'

/** Checks of several layers: `of(['sgd', 'adam'], ['NaN'])` is `sgd/NaN/*` and `adam/NaN/*`. */
function of(layers: readonly string[], laws: readonly string[]): string[] {
  return layers.flatMap((layer) => laws.map((law) => `${layer}/${law}/*`))
}

const updates = ['sgd', 'sgdMomentum', 'rmsprop', 'adam', 'adamw']

/** Of both its devices that run in Node. */
const ofBoth: readonly Finding[] = [
  {
    layer: 'conv2d',
    verdict: 'fault',
    says: 'The gradient throws at strides above 1 where the pads reach beyond the filter by more than y has rows or columns; forward is right.',
    smallest: 'an image [2] with a pad of 2 before it, a filter [5], a stride of 3',
    checks: ['conv2d/stride/float32'],
    around: true,
    snippet: 'jax-js-conv-gradient-pad.mjs',
    link: `${source}/frontend/convolution.ts`,
  },
  {
    layer: 'vector',
    verdict: 'fault',
    says: 'NaN and infinities times a constant 0 are 0: a learning rate, a decay or a scale of 0, or fewer than 128 zeros in an array.',
    smallest: '[NaN, Infinity, 1] * 0',
    checks: [...of(['vector', ...updates], ['NaN', 'special-values']), 'softmaxCrossEntropy/special-values/*'],
    snippet: 'jax-js-nan-times-zero.mjs',
    link: `${source}/alu.ts`,
  },
  {
    layer: 'vector',
    verdict: 'fault',
    says: 'Zeros have the wrong sign by IEEE 754: -0 + 0 is -0, and -0 - 0, -(0) and -1 * 0 are 0.',
    smallest: '-0 + 0',
    checks: of(['vector', ...updates], ['signed-zeros']),
    snippet: 'jax-js-signed-zeros.mjs',
    link: `${source}/alu.ts`,
  },
  {
    layer: 'maxPool2d',
    verdict: 'fault',
    says: 'In float64, the shares of three or more equal maxima in a gradient are right to float32 only, and do not add up to it.',
    smallest: 'the gradient of max([2, 1, 2, 2]) in float64',
    checks: [
      ...['large', 'backward', 'ties', 'conserved', 'first-call', 'sweep-*'].map((law) => `maxPool2d/${law}/float64`),
      'reference/maxPool2d_ties*/float64',
      ...['large', 'backward', 'plans', 'replays', 'sweep-filters', 'sweep-groups'].map(
        (law) => `convReluPool/${law}/float64`,
      ),
    ],
    snippet: 'jax-js-max-ties-float64.mjs',
    link: `${source}/frontend/jvp.ts`,
  },
  {
    layer: 'maxPool2d',
    verdict: 'fault',
    says: 'A window with a NaN, whose maximum is NaN, passes no gradient on: all of it is 0, where JAX, whose rule it means to follow, gives NaN.',
    smallest: 'the gradient of max([NaN])',
    checks: of(['maxPool2d'], ['non-finite-windows', 'special-values']),
    snippet: 'jax-js-max-nan-gradient.mjs',
    link: `${source}/frontend/jvp.ts`,
  },
  {
    layer: 'backend',
    verdict: 'precision',
    says: 'Fewer than 128 equal numbers in an array are a constant, computed in double precision until somebody reads it: a number gives other bits beside one that differs from it.',
    smallest: 'the first of [16777216, 16777216] + 1 + 1, and of [16777216, 0] + 1 + 1',
    checks: ['svmLoss/seen/float32'],
    around: true,
    snippet: 'jax-js-equal-numbers.mjs',
    link: `${source}/frontend/array.ts`,
  },
  {
    layer: 'vector',
    verdict: 'precision',
    says: 'x / y is x * (1 / y), rounded twice, and infinite where 1 / y overflows: 41 / 41 is less than 1.',
    smallest: '41 / 41',
    checks: [],
    snippet: 'jax-js-division.mjs',
    link: `${source}/frontend/core.ts`,
  },
  {
    layer: 'maxPool2d',
    verdict: 'convention',
    says: 'Equal maxima share the gradient, as in JAX.',
    checks: [],
    link: `${source}/frontend/jvp.ts`,
  },
  {
    layer: 'relu',
    verdict: 'convention',
    says: 'relu is max(x, 0), and its gradient goes to x unless x is less than 0: the slope is 1 at 0, and at NaN, too.',
    smallest: 'the gradient of relu at [0, NaN]',
    checks: [],
    snippet: 'jax-js-relu-gradient.mjs',
    link: `${source}/library/nn.ts`,
  },
  {
    layer: 'svmLoss',
    verdict: 'convention',
    says: 'Written with its relu, the slope of a margin is 1 at 0, and at NaN, too.',
    checks: [],
    link: `${source}/library/nn.ts`,
  },
]

/** Its cpu device calls JavaScript's own functions. */
const ofWasm: readonly Finding[] = [
  {
    layer: 'conv2d',
    verdict: 'fault',
    says: 'The gradient of the filter is wrong for images of several rows from a width of 65,536 on; forward and the gradient of the image are right.',
    smallest: 'two rows of 65,536 pixels and a filter of one tap: 49,153 for 65,536',
    checks: of(['conv2d', 'convRelu', 'convReluPool'], ['sweep-image']),
    snippet: 'jax-js-conv-gradient-wide.mjs',
    link: `${source}/frontend/convolution.ts`,
  },
  {
    layer: 'softmaxCrossEntropy',
    verdict: 'precision',
    says: 'exp of float32 is off by up to 50 ulps, 0 where the result is below the smallest normal number, and infinite from 2^127.5, which float32 can hold; its author states 2e-5.',
    smallest: 'exp(-50.75), exp(88.5)',
    checks: [],
    snippet: 'jax-js-float32-exp.mjs',
    link: 'https://github.com/ekzhang/jax-js/pull/5',
  },
  {
    layer: 'softmaxCrossEntropy',
    verdict: 'precision',
    says: 'log is off by 1e-5 just below 1, more than log itself there: the 2e-5 that its author states does not hold. The loss never takes such a logarithm.',
    smallest: 'log(1 - 2^-24)',
    checks: [],
    snippet: 'jax-js-log-near-one.mjs',
    link: 'https://github.com/ekzhang/jax-js/pull/5',
  },
  {
    layer: 'softmaxCrossEntropy',
    verdict: 'precision',
    says: 'exp and log of float64 go through float32, its range included, as documented.',
    smallest: 'exp(1), exp(100)',
    checks: [],
    snippet: 'jax-js-float64-functions.mjs',
    link: 'https://github.com/ekzhang/jax-js/pull/12',
  },
]

const packages = { '@jax-js/jax': '0.1.25' }

export const jaxJsWasm: HeldLibrary = {
  name: 'jax-js-wasm',
  title: 'jax-js, wasm',
  packages,
  module: 'jaxJs/wasm',
  plain: 'jaxJs/wasmPlain',
  node: 26,
  findings: [...ofBoth, ...ofWasm],
}

/** Its author has it for debugging: it interprets every expression, too slowly for convolutions of any size. */
export const jaxJsCpu: HeldLibrary = {
  name: 'jax-js-cpu',
  title: 'jax-js, cpu',
  packages,
  module: 'jaxJs/cpu',
  plain: 'jaxJs/cpuPlain',
  node: 26,
  part: {
    runs: 10,
    only: [
      ...['vector', 'relu', 'softmaxCrossEntropy', 'svmLoss', 'sgd', 'sgdMomentum', 'rmsprop', 'adam'],
      ...['affine', 'maxPool2d', 'avgPool2d', 'batchNorm', 'layerNorm', 'groupNorm', 'conv2d'].flatMap((layer) => [
        `${layer}/forward`,
        `${layer}/backward`,
      ]),
      ...['maxPool2d/ties', 'maxPool2d/non-finite-windows', 'maxPool2d/padding', 'conv2d/stride', 'conv2d/groups'],
    ],
  },
  findings: ofBoth,
}
