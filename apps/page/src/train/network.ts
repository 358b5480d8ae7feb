import type { Backend } from '@convkit/api'
import { compose, randomCrop, randomFlip } from '@convkit/data'
import { type Model, parseLayers, Sequential, type SolverOptions, ThreeLayerConvNet } from '@convkit/nn'
import { size } from '../data/pixels.js'
import type { TrainConfig } from './config.js'

export function createModel(backend: Backend, { network, reg, seed }: TrainConfig, classes: number): Model {
  if (network.kind === 'sequential')
    return new Sequential(backend, {
      input: [3, size, size],
      layers: parseLayers(network.layers, classes),
      reg,
      seed,
    })
  const { filters, filterSize, hidden, weightScale } = network
  return new ThreeLayerConvNet(backend, {
    inputDim: [3, size, size],
    numFilters: filters,
    filterSize,
    hiddenDim: hidden,
    numClasses: classes,
    weightScale,
    reg,
    seed,
  })
}

export function solverOptions(config: TrainConfig): SolverOptions {
  const { optimizer, learningRate, batchSize, epochs, augment, seed } = config
  return {
    optimizer: { name: optimizer, learningRate },
    batchSize,
    epochs,
    seed,
    trainSamples: 500,
    keepBest: false,
    augment: augment ? compose(randomFlip, randomCrop({ pad: 2 })) : null,
  }
}

export interface NetworkTable {
  readonly rows: readonly { readonly name: string; readonly shape: string; readonly parameters: number }[]
  readonly parameters: number
}

/** What each layer gives and holds. Throws where the layers do not fit. */
export function describe(model: Model): NetworkTable {
  const count = (tensors: Model['params']) => tensors.reduce((sum, { tensor }) => sum + tensor.size, 0)
  const rows =
    model instanceof Sequential
      ? model.layers.map(({ name, outputShape, params }) => ({
          name,
          shape: spell(outputShape.slice(1)),
          parameters: count(params),
        }))
      : rowsOfThree(model)
  return { rows, parameters: count(model.params) }
}

function rowsOfThree(model: Model): NetworkTable['rows'] {
  const sizes = (name: string) => model.params.find((parameter) => parameter.name === name)?.tensor.shape ?? []
  const [filters = 0, channels = 0, kernel = 0] = sizes('W1')
  const [pooled = 0, hidden = 0] = sizes('W2')
  const [, classes = 0] = sizes('W3')
  const half = Math.floor(size / 2)
  return [
    {
      name: `conv ${kernel}×${kernel}, relu, 2×2 max pool`,
      shape: spell([filters, half, half]),
      parameters: filters * (channels * kernel * kernel + 1),
    },
    { name: 'affine, relu', shape: spell([hidden]), parameters: (pooled + 1) * hidden },
    { name: 'affine', shape: spell([classes]), parameters: (hidden + 1) * classes },
  ]
}

const spell = (shape: readonly number[]): string => shape.join(' × ')
