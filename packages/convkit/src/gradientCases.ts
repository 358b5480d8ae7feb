import {
  affine,
  avgPool2d,
  batchNorm,
  conv2d,
  dropout,
  type FloatTensor,
  groupNorm,
  type Loss,
  layerNorm,
  maxPool2d,
  relu,
  type Scope,
  type Shape,
  sizeOf,
  softmaxCrossEntropy,
  svmLoss,
} from '@convkit/api'
import { Random } from '@convkit/data'

export interface Input {
  readonly shape: Shape
  readonly data: Float64Array
}

interface Pass {
  readonly y: FloatTensor
  /** `dx` for an input `x`, and so on. */
  backward(dy: FloatTensor): { readonly [gradient: string]: FloatTensor }
}

/** One layer on small random inputs; `run` must give the same y for the same inputs every time. */
export interface GradientCase {
  /** Which of a layer's variants this is. */
  readonly variant?: string
  readonly inputs: { readonly [name: string]: Input }
  /** Whether y is a loss, which has no upstream gradient. */
  readonly loss?: boolean
  run(scope: Scope, tensors: { readonly [name: string]: FloatTensor }): Pass
}

/** Keeps the names of the inputs known to `run`. */
function define<const I extends { readonly [name: string]: Input }>(
  inputs: I,
  run: (scope: Scope, tensors: { readonly [K in keyof I]: FloatTensor }) => Pass,
  more: Pick<GradientCase, 'variant' | 'loss'> = {},
): GradientCase {
  // `tensors` has one entry for each of `inputs`: gradcheck makes it from them.
  return { inputs, run: run as GradientCase['run'], ...more }
}

function normal(random: Random, shape: Shape): Input {
  return { shape, data: random.normal(sizeOf(shape)) }
}

/** Distinct values 0.07 apart and none within 0.035 of 0, so that no step of the check crosses a kink or a tie. */
function spaced(random: Random, shape: Shape): Input {
  const size = sizeOf(shape)
  return {
    shape,
    data: Float64Array.from(random.permutation(size), (rank) => 0.07 * (rank + 0.5 - Math.ceil(size / 2))),
  }
}

function image(random: Random, channels = 1 + random.integer(3)): Shape {
  return [1 + random.integer(2), channels, 4 + random.integer(3), 4 + random.integer(3)]
}

function convolution(random: Random, groups: number): GradientCase {
  const x = image(random, 2 * groups)
  const options = { stride: 1 + random.integer(2), pad: random.integer(3), dilation: 1 + random.integer(2), groups }
  const w = [2 * groups, 2, 1 + random.integer(2), 1 + random.integer(2)]
  return define(
    { x: normal(random, x), w: normal(random, w), b: normal(random, [2 * groups]) },
    (scope, inputs) => {
      const { y, saved } = conv2d.forward(scope, inputs, options)
      return { y, backward: (dy) => conv2d.backward(scope, dy, saved) }
    },
    groups > 1 ? { variant: 'groups' } : {},
  )
}

function normalization(random: Random, x: Shape, mode: 'train' | 'test', variant: string): GradientCase {
  const channels = [x[1] ?? 1]
  const mean = normal(random, channels).data
  const variance = normal(random, channels).data.map((value) => value * value + 0.5)
  return define(
    { x: normal(random, x), gamma: normal(random, channels), beta: normal(random, channels) },
    (scope, inputs) => {
      const running = { runningMean: scope.from(mean, channels), runningVar: scope.from(variance, channels) }
      const { y, saved } = batchNorm.forward(scope, { ...inputs, ...running }, { mode })
      return { y, backward: (dy) => batchNorm.backward(scope, dy, saved) }
    },
    { variant },
  )
}

function classification(random: Random, loss: Loss, draw: typeof normal): GradientCase {
  const [n, classes] = [2 + random.integer(4), 2 + random.integer(5)]
  const labels = Int32Array.from({ length: n }, () => random.integer(classes))
  return define(
    { logits: draw(random, [n, classes]) },
    (scope, { logits }) => {
      const { loss: y, saved } = loss.forward(scope, { logits, labels: scope.labels(labels, classes) })
      return { y, backward: () => loss.backward(scope, saved) }
    },
    { loss: true },
  )
}

/** The layers, each with its variants, drawn anew from `random`. */
export const gradientCases: { readonly [layer: string]: (random: Random) => readonly GradientCase[] } = {
  affine: (random) => {
    const [n, inputs, outputs] = [1 + random.integer(4), 2 + random.integer(6), 1 + random.integer(5)]
    const drawn = {
      x: normal(random, [n, 2, inputs]),
      w: normal(random, [2 * inputs, outputs]),
      b: normal(random, [outputs]),
    }
    return [
      define(drawn, (scope, tensors) => {
        const { y, saved } = affine.forward(scope, tensors)
        return { y, backward: (dy) => affine.backward(scope, dy, saved) }
      }),
    ]
  },

  conv2d: (random) => [convolution(random, 1), convolution(random, 2)],

  maxPool2d: (random) => {
    const options = { kernel: 2 + random.integer(2), stride: 1 + random.integer(2), pad: random.integer(2) }
    return [
      define({ x: spaced(random, image(random)) }, (scope, inputs) => {
        const { y, saved } = maxPool2d.forward(scope, inputs, options)
        return { y, backward: (dy) => maxPool2d.backward(scope, dy, saved) }
      }),
    ]
  },

  avgPool2d: (random) =>
    [true, false].map((countIncludePad) =>
      define(
        { x: normal(random, image(random)) },
        (scope, inputs) => {
          const { y, saved } = avgPool2d.forward(scope, inputs, { kernel: 3, stride: 2, pad: 1, countIncludePad })
          return { y, backward: (dy) => avgPool2d.backward(scope, dy, saved) }
        },
        countIncludePad ? {} : { variant: 'without pad' },
      ),
    ),

  relu: (random) => [
    define({ x: spaced(random, image(random)) }, (scope, inputs) => {
      const { y, saved } = relu.forward(scope, inputs)
      return { y, backward: (dy) => relu.backward(scope, dy, saved) }
    }),
  ],

  batchNorm: (random) => [
    normalization(random, [4 + random.integer(4), 3], 'train', 'train'),
    normalization(random, [2, ...image(random).slice(1)], 'train', 'spatial train'),
    normalization(random, [2, ...image(random).slice(1)], 'test', 'spatial test'),
  ],

  layerNorm: (random) => {
    const size = 3 + random.integer(6)
    const drawn = { x: normal(random, [3, size]), gamma: normal(random, [size]), beta: normal(random, [size]) }
    return [
      define(drawn, (scope, inputs) => {
        const { y, saved } = layerNorm.forward(scope, inputs)
        return { y, backward: (dy) => layerNorm.backward(scope, dy, saved) }
      }),
    ]
  },

  groupNorm: (random) => {
    const drawn = { x: normal(random, image(random, 4)), gamma: normal(random, [4]), beta: normal(random, [4]) }
    return [
      define(drawn, (scope, inputs) => {
        const { y, saved } = groupNorm.forward(scope, inputs, { groups: 2 })
        return { y, backward: (dy) => groupNorm.backward(scope, dy, saved) }
      }),
    ]
  },

  dropout: (random) => {
    const seed = random.integer(1000)
    return [
      define({ x: normal(random, [4, 6]) }, (scope, inputs) => {
        // The same mask in every pass.
        const mask = new Random(seed)
        const { y, saved } = dropout.forward(scope, inputs, { mode: 'train', p: 0.3, random: () => mask.uniform() })
        return { y, backward: (dy) => dropout.backward(scope, dy, saved) }
      }),
    ]
  },

  softmaxCrossEntropy: (random) => [classification(random, softmaxCrossEntropy, normal)],

  // Margins of multiples of 0.07 never come within the step of the kink at 1.
  svmLoss: (random) => [classification(random, svmLoss, spaced)],
}
