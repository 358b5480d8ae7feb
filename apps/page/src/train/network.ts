import { type Backend, ConfigError } from '@convkit/api'
import type { AnyDataset } from '@convkit/data'
import { classesOf, type Model, parseLayers, Sequential, type SolverOptions } from '@convkit/nn'
import type { Recipe } from 'convkit'
import {
  createModel as modelOf,
  solverOptions as optionsOf,
  recipeNames,
  recipes,
  settingsOf,
  type TrainingSettings,
  trainingDefaults,
} from 'convkit/training'
import { size } from '../data/pixels.js'
import {
  type Length,
  type NamedRecipe,
  type SequentialConfig,
  sequential,
  type ThreeLayerConvNetConfig,
  type TrainConfig,
  threeLayerConvNet,
} from './config.js'

export async function createModel(backend: Backend, config: TrainConfig, train: AnyDataset): Promise<Model> {
  return modelOf(backend, await settingsFor(config), train)
}

export async function solverOptions(config: TrainConfig, train: AnyDataset): Promise<SolverOptions> {
  const settings = await settingsFor(config)
  // What the page shows is the last step, and each of them.
  const shown = { keepBest: false, lossEvery: 1, trainSamples: 500 }
  return { ...optionsOf(settings, train), batchSize: settings.batchSize, ...shown }
}

async function settingsFor({ recipe, batchSize, epochs, seed }: TrainConfig): Promise<TrainingSettings> {
  const { recipe: own } = recipe.kind === 'named' ? await recipes[recipe.name]() : { recipe: recipeOf(recipe) }
  return { ...trainingDefaults, ...settingsOf(own), batchSize, epochs, seed }
}

function recipeOf(own: ThreeLayerConvNetConfig | SequentialConfig): Recipe {
  const { kind, augment, ...settings } = own
  const common = { description: kind, augment: augment ? 'flip,crop=2' : 'none' }
  if (!('layers' in settings)) return { ...common, ...settings }
  const { layers: text, ...training } = settings
  return { ...common, ...training, layers: ({ classes }) => parseLayers(text, classes) }
}

/** What the page says of a recipe that comes along. */
export interface RecipeInfo extends Length {
  readonly name: NamedRecipe['name']
  readonly description: string
  readonly facts: readonly { readonly name: string; readonly value: string }[]
}

/** Those that tell classes apart, which is what the page shows. */
export async function describeRecipes(): Promise<RecipeInfo[]> {
  const all = await Promise.all(
    recipeNames.map(async (name) => {
      const { recipe } = await recipes[name]()
      if (recipe.targets === 'images') return []
      const { optimizer, learningRate, schedule, augment, reg, batchSize, epochs } = { ...trainingDefaults, ...recipe }
      const rate = typeof learningRate === 'function' ? 'its own' : String(learningRate)
      const facts = {
        optimizer,
        'learning rate': schedule === 'constant' ? rate : `${rate}, ${schedule}`,
        'L2 penalty': String(reg),
        augmentation: typeof augment === 'function' ? augment.name : (augment ?? 'none'),
      }
      const list = Object.entries(facts).map(([fact, value]) => ({ name: fact, value }))
      return [{ name, batchSize, epochs, description: recipe.description, facts: list }]
    }),
  )
  return all.flat()
}

/** The network that a file's model is, to train on from. Throws `ConfigError` where its layers are not the library's. */
export function networkOf(model: Model): SequentialConfig | ThreeLayerConvNetConfig {
  if (!(model instanceof Sequential)) return { ...threeLayerConvNet, ...sizesOfThree(model) }
  if (model.layersText === null) throw new ConfigError("the file holds layers that are not the library's")
  return { ...sequential, layers: model.layersText }
}

function sizesOfThree({ params }: Model) {
  const sizes = (name: string) => params.find((parameter) => parameter.name === name)?.tensor.shape ?? []
  const [filters = 0, , filterSize = 0] = sizes('W1')
  const [, hidden = 0] = sizes('W2')
  return { filters, filterSize, hidden }
}

export interface NetworkTable {
  readonly rows: readonly { readonly name: string; readonly shape: string; readonly parameters: number }[]
  readonly parameters: number
}

/** What each layer gives and holds. */
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
  const { filters, filterSize: kernel, hidden } = sizesOfThree(model)
  const { inputShape } = model
  const [channels = 0] = inputShape
  const classes = classesOf(model)
  const half = Math.floor(size / 2)
  return [
    {
      name: `conv ${kernel}×${kernel}, relu, 2×2 max pool`,
      shape: spell([filters, half, half]),
      parameters: filters * (channels * kernel * kernel + 1),
    },
    { name: 'affine, relu', shape: spell([hidden]), parameters: (filters * half * half + 1) * hidden },
    { name: 'affine', shape: spell([classes]), parameters: (hidden + 1) * classes },
  ]
}

const spell = (shape: readonly number[]): string => shape.join(' × ')
