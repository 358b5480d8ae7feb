import { defineRecipe, layers } from 'convkit'

export const recipe = defineRecipe({
  description: 'LeNet-5 (LeCun et al. 1998) with relu, max pools and Adam, for images of 32 x 32',
  layers: ({ classes }) => [
    layers.standardise(),
    layers.convReluPool({ filters: 6, kernel: 5 }),
    layers.convReluPool({ filters: 16, kernel: 5 }),
    layers.affineRelu({ units: 120 }),
    layers.affineRelu({ units: 84 }),
    layers.affine({ units: classes, weightScale: 0.01 }),
  ],
  epochs: 10,
  batchSize: 64,
  optimizer: 'adam',
  learningRate: 2e-3,
  schedule: 'cosine',
  augment: 'flip',
})
