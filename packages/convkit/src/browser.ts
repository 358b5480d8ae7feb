// What needs nothing of Node's.
export * from '@convkit/api'
export { createNaive } from '@convkit/backend-naive'
export * from '@convkit/data'
export * from '@convkit/nn'
export * from '@convkit/nn/onnx'
export { type Config, defineConfig, type ModelFactory, type NetworkPurpose } from './config/config.js'
export { defineRecipe, type Recipe } from './config/recipe.js'
