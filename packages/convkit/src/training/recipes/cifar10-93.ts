import { defineRecipe, layers, losses, schedules, whiteningFilters } from 'convkit'

const conv = (filters: number) => layers.conv2d({ filters, kernel: 3, pad: 'same', bias: false, init: 'dirac' })

const normalise = () => [layers.batchNorm({ momentum: 0.6 }), layers.gelu()]

const block = (filters: number) => [
  conv(filters),
  layers.maxPool2d({ kernel: 2 }),
  ...normalise(),
  conv(filters),
  ...normalise(),
]

/** Rises from a fifth to the peak, and falls to a fourteenth. */
const rate = (peak: number) => schedules.triangular({ peak, start: 0.2 * peak, final: 0.07 * peak, warmUp: 0.23 })

const peak = 0.73
const decay = 0.009

export const recipe = defineRecipe({
  description: 'The small net of Jordan (2024), trained longer: for 93 % on CIFAR-10',
  layers: ({ input, classes, train }) => [
    layers.conv2d(whiteningFilters(train ?? input, { kernel: 2, eps: 2, bothSigns: true })),
    layers.gelu(),
    ...[64, 128, 128].flatMap(block),
    layers.maxPool2d({ kernel: 3 }),
    layers.affine({ units: classes, bias: false }),
    layers.scale({ factor: 1 / 9 }),
  ],
  loss: losses.softmaxCrossEntropy({ labelSmoothing: 0.2 }),
  epochs: 11,
  batchSize: 500,
  optimizer: 'nesterov',
  learningRate: rate(peak),
  hyperparameters: { momentum: 0.85, weightDecay: decay },
  groups: [
    { match: '*.gamma', learningRate: 0 },
    { match: '*.beta', learningRate: rate(64 * peak), weightDecay: decay / 64 },
  ],
  averageDecay: 0.9,
  averageEvery: 5,
  augment: 'alternatingFlip,reflectCrop=2',
})
