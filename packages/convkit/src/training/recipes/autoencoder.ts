import { defineRecipe, layers } from 'convkit'

const conv = (filters: number) => layers.convRelu({ filters, kernel: 3, pad: 'same' })

export const recipe = defineRecipe({
  description: 'A convolutional autoencoder: images through a code a sixth of their size, for sides that 4 divides',
  targets: 'images',
  layers: ({ input: [channels = 3] }) => [
    layers.standardise(),
    layers.convReluPool({ filters: 32, kernel: 3, pad: 'same' }),
    layers.convReluPool({ filters: 32, kernel: 3, pad: 'same' }),
    layers.conv2d({ filters: 8, kernel: 3, pad: 'same' }),
    conv(32),
    layers.upsampleNearest2d({ factor: 2 }),
    conv(32),
    layers.upsampleNearest2d({ factor: 2 }),
    layers.conv2d({ filters: channels, kernel: 3, pad: 'same', weightScale: 1e-3 }),
  ],
  loss: 'meanSquaredError',
  epochs: 10,
  batchSize: 50,
  optimizer: 'adam',
  learningRate: 2e-3,
  schedule: 'cosine',
  augment: 'flip',
})
