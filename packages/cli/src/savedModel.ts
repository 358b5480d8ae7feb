import {
  type Backend,
  ConfigError,
  ConvkitError,
  DataError,
  type FloatDType,
  formatShape,
  type Shape,
  sizeOf,
} from '@convkit/api'
import {
  fillModel,
  type HostTensor,
  type Layer,
  type Model,
  type ModelCard,
  parseLayers,
  Sequential,
  ThreeLayerConvNet,
  type ThreeLayerConvNetOptions,
} from '@convkit/nn'
import { readSaved } from '@convkit/nn/node'
import type { Settings } from './config/load.js'
import { note } from './terminal.js'

type Tensors = ReadonlyMap<string, HostTensor>

export interface SavedModel {
  readonly model: Model
  readonly card: ModelCard
}

/**
 * The model of a file that `train` or the page wrote: of `--out`, or the best one of a `--checkpoint`. It is the
 * configuration's `model`, or what the file's card says, or a ThreeLayerConvNet of the sizes that its tensors have.
 * What the file says is held against its tensors before anything is built.
 *
 * Errors: `DataError` that names the file; `ConfigError` where a setting does not fit it.
 */
export async function loadSavedModel(path: string, backend: Backend, settings: Settings): Promise<SavedModel> {
  const { tensors, skipped, card } = await readSaved(path)
  const dtype = [...tensors.values()].some((tensor) => tensor.dtype === 'float64') ? 'float64' : 'float32'
  try {
    const model = settings.model
      ? await settings.model(backend, { dtype, seed: settings.seed })
      : rebuild(backend, { tensors, card, dtype, imageSize: settings.imageSize })
    const unneeded = settings.model ? fillModel(model, tensors) : namesBeside(model, tensors)
    const left = [...unneeded, ...skipped.keys()]
    if (left.length > 0) note(`${path}: the model has no ${list(left)}: left out`)
    return { model, card }
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw new DataError(`${path}: ${cause.message}`, { cause })
  }
}

/** Holds a file to what pictures need: a model of three colours, and a card that fits it. Notes that a mean image is missing. */
export function checkPictures(file: string, { model, card }: SavedModel): void {
  const { inputShape, numClasses } = model
  const { meanImage, classNames } = card
  if (inputShape.length !== 3 || inputShape[0] !== 3)
    throw new ConfigError(`${file}: wanted a model of colour images [3,H,W], got ${formatShape(inputShape)}`)
  if (meanImage && formatShape(meanImage.shape) !== formatShape(inputShape))
    throw new DataError(
      `${file}: its mean image is ${formatShape(meanImage.shape)}, the model's images are ${formatShape(inputShape)}`,
    )
  if (classNames && classNames.length !== numClasses)
    throw new DataError(`${file}: names ${classNames.length} classes, but its model has ${numClasses}`)
  if (!meanImage) note(`${file} holds no mean image: the model gets the pixels as they are`)
}

interface Saved {
  readonly tensors: Tensors
  readonly card: ModelCard
  readonly dtype: FloatDType
  readonly imageSize: number
}

function rebuild(backend: Backend, saved: Saved): Model {
  const { tensors, card, dtype, imageSize } = saved
  const input = card.meanImage?.shape
  if (input && card.layers !== undefined) return fromLayers(backend, saved, input, card.layers)
  const options = sizes(tensors, input ?? [3, imageSize, imageSize])
  return inFile('its sizes', () => new ThreeLayerConvNet(backend, { ...options, dtype, values: tensors }))
}

/** Values of one image after a layer: padding and strides stand in no tensor that would bound them. */
const mostValues = 2 ** 26

function fromLayers(backend: Backend, { tensors, card, dtype }: Saved, input: Shape, text: string): Model {
  return inFile('its layers', () => {
    const layers = parseLayers(text, card.classNames?.length ?? 0)
    const model = new Sequential(backend, { input, layers, dtype, values: tensors })
    const large = withInner(model.layers).find(({ outputShape }) => sizeOf(outputShape) > mostValues)
    if (!large) return model
    model[Symbol.dispose]()
    throw new DataError(
      `${large.name} gives ${sizeOf(large.outputShape)} values an image; at most ${mostValues} are taken`,
    )
  })
}

function withInner(layers: readonly Layer[]): readonly Layer[] {
  return layers.flatMap((layer) => [layer, ...withInner(layer.layers ?? [])])
}

/** What does not fit there is the file's fault, not a setting's. */
function inFile<T>(what: string, build: () => T): T {
  try {
    return build()
  } catch (cause) {
    if (!(cause instanceof ConvkitError)) throw cause
    throw cause instanceof DataError ? cause : new DataError(`${what}: ${cause.message}`, { cause })
  }
}

function namesBeside({ params, buffers }: Model, tensors: Tensors): string[] {
  const own = new Set([...params, ...buffers].map(({ name }) => name))
  return [...tensors.keys()].filter((name) => !own.has(name))
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => name.replaceAll(/\s+/g, ' ').slice(0, 60))
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ')
}

/** W1 (F, C, k, k), W2 (F * floor(H / 2) * floor(W / 2), hidden), W3 (hidden, classes), of images `input` (C, H, W). */
function sizes(tensors: Tensors, [, height = 0, width = 0]: Shape): ThreeLayerConvNetOptions {
  const [w1, w2, w3] = ['W1', 'W2', 'W3'].map((name) => tensors.get(name)?.shape ?? [])
  const [numFilters, channels, filterSize] = w1 ?? []
  const [pooled, hiddenDim] = w2 ?? []
  const [, numClasses] = w3 ?? []
  if (!numFilters || !channels || !filterSize || !pooled || !hiddenDim || !numClasses)
    throw new DataError(
      `holds ${list([...tensors.keys()]) || 'no tensors'}, which is no ThreeLayerConvNet; \`model\` in the configuration file says how to build another`,
    )
  if (pooled !== numFilters * Math.floor(height / 2) * Math.floor(width / 2))
    throw new ConfigError(
      `--image-size: expected images whose halves have ${pooled / numFilters} pixels, as the model was trained on, got ${height}`,
    )
  return { inputDim: [channels, height, width], numFilters, filterSize, hiddenDim, numClasses }
}
