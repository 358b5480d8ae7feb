import { defineRecipe } from 'convkit'

export const recipe = defineRecipe({
  description: "CS231n's ThreeLayerConvNet with 500 hidden units, as its notebook trains it: an epoch to about 50 %",
  hidden: 500,
  reg: 1e-3,
  epochs: 1,
  batchSize: 50,
  optimizer: 'adam',
  learningRate: 1e-3,
})
