import type { Finding, HeldLibrary } from '../finding.js'

const repository = 'https://github.com/tensorflow/tfjs'
const core = 'https://app.unpkg.com/@tensorflow/tfjs-core@4.22.0/files/dist'

const conventions: readonly Finding[] = [
  {
    layer: 'sgdMomentum',
    verdict: 'convention',
    says: 'The velocity does not hold the learning rate: `sgdMomentum.learningRate` is `outsideVelocity`.',
    checks: [],
    link: `${core}/optimizers/momentum_optimizer.js`,
  },
  {
    layer: 'rmsprop',
    verdict: 'convention',
    says: 'Epsilon is added under the root, as TensorFlow does: `rmsprop.epsilon` is `insideRoot`.',
    checks: [],
    link: `${core}/optimizers/rmsprop_optimizer.js`,
  },
  {
    layer: 'maxPool2d',
    verdict: 'convention',
    says: 'A NaN is left out of the maximum, as its own tests ask for; a window of nothing else gives -infinity.',
    smallest: 'the maximum of 1 and NaN is 1',
    checks: [],
    snippet: 'tfjs-max-pool-nan.mjs',
    link: `${core}/ops/max_pool_test.js`,
  },
  {
    layer: 'relu, softmaxCrossEntropy',
    verdict: 'convention',
    says: 'Masks are multiplied with, so that 0 times infinity is NaN where a choice would give 0, as in TensorFlow.',
    smallest: 'the gradient of relu at -1 for an infinite dy',
    checks: ['relu/special-values', 'softmaxCrossEntropy/special-values'],
    snippet: 'tfjs-zero-times-infinity.mjs',
    link: 'https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/kernels/relu_op_functor.h',
  },
]

const precision: readonly Finding[] = [
  {
    layer: 'softmaxCrossEntropy',
    verdict: 'precision',
    says: 'The largest logit is added to the logarithm of the sum before it is subtracted, so that large logits cost digits.',
    smallest: 'two logits of 2^24: the gradient is 0, 1 for -1/2, 1/2',
    checks: ['softmaxCrossEntropy/shift', 'softmaxCrossEntropy/large', 'softmaxCrossEntropy/backward'],
    snippet: 'tfjs-softmax-shift.mjs',
  },
  {
    layer: 'batchNorm',
    verdict: 'precision',
    says: '`movingAverage` is v + (1 - decay) (x - v), as documented: what stays of x is as exact as v is.',
    smallest: 'v = 1e8, x = 1, decay 0: 0 for 1',
    checks: [
      'batchNorm/forward',
      'batchNorm/processes',
      'batchNorm/running',
      'batchNorm/subnormals',
      'batchNorm/replays',
      'batchNorm/synchronised',
    ],
    snippet: 'tfjs-moving-average.mjs',
  },
  {
    layer: 'batchNorm, layerNorm, groupNorm',
    verdict: 'precision',
    says: 'The gradient of the variance is multiplied by 1 / deviation^3, which float32 cannot hold from deviations of about 2^42 on.',
    smallest: 'two values 2^51 apart, dy = 1, 0: times the deviation, the gradient is 1/2, -1/2 for 0, 0',
    checks: ['batchNorm/scale', 'layerNorm/scale', 'groupNorm/scale'],
    snippet: 'tfjs-batch-norm-large-deviation.mjs',
  },
]

const faults: readonly Finding[] = [
  {
    layer: 'conv2d, maxPool2d, avgPool2d',
    verdict: 'fault',
    says: 'Where the pad is a number, 0 too, the width of the output is computed with the height of the window and of the stride. The wasm backend leaves what is too much unwritten.',
    smallest: 'maxPool of a 2 x 3 image, window 1 x 2, stride 1, pad 0: 2 x 3 for 2 x 2',
    checks: ['maxPool2d/forward', 'avgPool2d/forward', 'conv2d/stride', 'conv2d/padding'],
    around: true,
    snippet: 'tfjs-number-pad-shape.mjs',
    link: `${repository}/issues/649`,
  },
  {
    layer: 'avgPool2d',
    verdict: 'fault',
    says: 'The average leaves padding out, but its gradient divides by the whole window.',
    smallest: 'one pixel, windows of two, a pad of one on both sides: 1 for 2',
    checks: [
      'avgPool2d/backward',
      'avgPool2d/large',
      'avgPool2d/deep-sums',
      'avgPool2d/numeric-gradient',
      'avgPool2d/adjoint',
      'avgPool2d/subnormals',
      'avgPool2d/stale',
      'avgPool2d/plans',
      'avgPool2d/replays',
      'avgPool2d/sweep-*',
      'avgPool2d/first-call',
      'reference/avgPool2d_exclude_pad',
    ],
    snippet: 'tfjs-avg-pool-gradient.mjs',
  },
  {
    layer: 'batchNorm',
    verdict: 'fault',
    says: 'The gradient throws a TypeError where the offset or the scale is left out, which the forward pass takes.',
    smallest: 'tf.grad of x => tf.batchNorm(x, mean, variance, undefined, scale)',
    checks: ['batchNorm/backward', 'batchNorm/adjoint'],
    around: true,
    snippet: 'tfjs-batch-norm-without-offset.mjs',
    link: `${repository}/issues/2868`,
  },
]

const refused: readonly Finding[] = [
  {
    layer: 'conv2d',
    verdict: 'refused',
    says: 'Groups only of one channel each, either strides or dilations, and no gradient of dilated convolutions.',
    checks: [],
  },
  {
    layer: 'softmaxCrossEntropy, svmLoss',
    verdict: 'refused',
    says: '`oneHot`, which the losses take labels from, has two classes or more.',
    checks: [],
  },
]

const ofCpu: readonly Finding[] = [
  {
    layer: 'groupNorm, layerNorm, batchNorm',
    verdict: 'precision',
    says: '`mean` divides each element before it adds them, which costs the last bits of subnormal numbers.',
    smallest: 'the mean of 2^-149 and 2^-149: 0 for 2^-149',
    checks: ['groupNorm/subnormals', 'layerNorm/subnormals', 'batchNorm/subnormals'],
    snippet: 'tfjs-cpu-mean-of-small.mjs',
  },
]

const ofWasm: readonly Finding[] = [
  {
    layer: 'maxPool2d',
    verdict: 'fault',
    says: 'In a window without a positive number (none from 2^-126 on) the gradient goes to the first element of the tensor where the window holds it, and is lost elsewhere.',
    smallest: 'maxPool of -2, -1: 1, 0 for 0, 1',
    checks: [
      ...['large', 'backward', 'numeric-gradient', 'ties', 'conserved', 'batch-order', 'channels', 'shift', 'padding'],
      ...[
        'stride',
        'transpose',
        'deep-sums',
        'subnormals',
        'stale',
        'plans',
        'replays',
        'many-shapes',
        'sweep-*',
        'first-call',
      ],
    ]
      .map((law) => `maxPool2d/${law}`)
      .concat('reference/maxPool2d_*', 'convReluPool/backward', 'convReluPool/large'),
    snippet: 'tfjs-wasm-max-pool-gradient.mjs',
  },
  {
    layer: 'affine, affineRelu',
    verdict: 'fault',
    says: 'The prepared product of a matrix is kept for its memory, whatever its shape: a reshape of it gives wrong numbers, and reads and writes outside of the operands.',
    smallest: '[1] times [1 2], a reshape of a column that was multiplied with before: 1, 0 for 1, 2',
    checks: ['affine/stale-kernels', 'affineRelu/stale-kernels', 'affine/seen'],
    around: true,
    snippet: 'tfjs-wasm-matmul-reshaped.mjs',
  },
  {
    layer: 'affineRelu, convRelu',
    verdict: 'fault',
    says: 'Fused kernels refuse a bias of one axis that is a reshape of what had two: they ask its memory for the rank, not the tensor.',
    smallest: 'fused.matMul of [1] and [1 1] with a reshape of [[1 2]] to [2] as its bias',
    checks: ['affineRelu/stale', 'convRelu/stale-kernels'],
    around: true,
    snippet: 'tfjs-wasm-fused-bias.mjs',
  },
  {
    layer: 'maxPool2d',
    verdict: 'convention',
    says: 'Of equal maxima the last takes the gradient, and in the cpu backend the first: `maxPool2d.ties` is `last`.',
    checks: [],
  },
  {
    layer: 'conv2d, convRelu, avgPool2d, affineRelu',
    verdict: 'convention',
    says: 'NaN becomes -infinity or 0: XNNPACK, which computes these, promises nothing of it.',
    smallest: 'conv2d of NaN by 1: -infinity',
    checks: [],
    snippet: 'tfjs-wasm-nan.mjs',
    link: `${repository}/pull/3855`,
  },
  {
    layer: 'conv2d',
    verdict: 'refused',
    says: 'No gradient of filters, and none at all of depthwise convolutions: their kernels are missing.',
    checks: [],
  },
]

const packages = {
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-layers': '4.22.0',
}

export const tfjsLibraries: readonly HeldLibrary[] = [
  {
    name: 'tfjs-cpu',
    title: 'TensorFlow.js, backend cpu',
    packages: { ...packages, '@tensorflow/tfjs-backend-cpu': '4.22.0' },
    module: 'tfjs/cpu',
    plain: 'tfjs/cpuPlain',
    part: { runs: 20 },
    findings: [...faults, ...precision, ...ofCpu, ...conventions, ...refused],
  },
  {
    name: 'tfjs-wasm',
    title: 'TensorFlow.js, backend wasm',
    packages: { ...packages, '@tensorflow/tfjs-backend-wasm': '4.22.0' },
    module: 'tfjs/wasm',
    plain: 'tfjs/wasmPlain',
    part: { runs: 20 },
    findings: [...faults, ...precision, ...ofWasm, ...conventions, ...refused],
  },
]
