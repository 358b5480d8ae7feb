import { defineRecipe, layers } from 'convkit'

const conv = (filters: number, stride = 1) => layers.conv2d({ filters, kernel: 3, stride, pad: 1 })

/** Two convolutions beside x, or beside a 1 x 1 convolution of it where the size changes. */
const block = (filters: number, stride = 1) => [
  layers.residual(
    [conv(filters, stride), layers.batchNorm(), layers.relu(), conv(filters), layers.batchNorm()],
    stride === 1 ? {} : { shortcut: [layers.conv2d({ filters, kernel: 1, stride }), layers.batchNorm()] },
  ),
  layers.relu(),
]

export const recipe = defineRecipe({
  description: 'ResNet-20 (He et al. 2016), for images of 32 x 32',
  layers: ({ classes }) => [
    layers.standardise(),
    ...[conv(16), layers.batchNorm(), layers.relu()],
    ...[block(16), block(16), block(16)].flat(),
    ...[block(32, 2), block(32), block(32)].flat(),
    ...[block(64, 2), block(64), block(64)].flat(),
    layers.avgPool2d({ kernel: 8 }),
    layers.affine({ units: classes, weightScale: 0.01 }),
  ],
  reg: 1e-4,
  epochs: 164,
  batchSize: 128,
  optimizer: 'sgdMomentum',
  learningRate: 0.1,
  hyperparameters: { momentum: 0.9 },
  schedule: 'stepDecay',
  decayEvery: 82,
  augment: 'flip,crop=4',
})
