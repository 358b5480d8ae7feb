import {
  type Backend,
  ConfigError,
  ConvkitError,
  checkOptions,
  DataError,
  type FloatDType,
  type OptionNames,
  type Shape,
  sizeOf,
} from '@convkit/api'
import type { Layer } from './layer.js'
import { parseLayers } from './layerText.js'
import { lossOf } from './lossDescription.js'
import type { Model } from './model.js'
import { cardIn, type ModelCard, mostValues, withoutCard } from './modelCard.js'
import { nameList } from './nameList.js'
import type { HostTensor } from './safetensors/file.js'
import { decodePieces, type Pieces } from './safetensors/pieces.js'
import { type Digest, decodeSealed, isSealed } from './sealed.js'
import { Sequential } from './sequential.js'
import { modelOf } from './solver/state.js'
import { fillTensors, modelTensors } from './solver/tensors.js'
import { ThreeLayerConvNet, type ThreeLayerConvNetOptions } from './threeLayerConvNet.js'

/** What a file says of a model. */
export interface SavedTensors {
  /** Parameters and buffers by name: of a checkpoint the best there are. */
  readonly tensors: ReadonlyMap<string, HostTensor>
  /** Tensors that cannot be read, with the reason. */
  readonly skipped: ReadonlyMap<string, string>
  readonly card: ModelCard
}

export interface SavedModel {
  readonly model: Model
  readonly card: ModelCard
  /** Tensors of the file that the model does not have. */
  readonly unneeded: readonly string[]
}

export interface SavedModelOptions {
  /** Of a ThreeLayerConvNet whose file has no mean image: height and width of its images; default 32. */
  readonly imageSize?: number
  /** Makes the model where the file does not say its layers, and gives its values alone. */
  readonly create?: (dtype: FloatDType, card: ModelCard) => Model | Promise<Model>
}

const optionNames: OptionNames<SavedModelOptions> = { imageSize: true, create: true }

/** Throws `DataError` where a checkpoint is damaged. */
export async function savedTensors(pieces: Pieces, digest: Digest): Promise<SavedTensors> {
  const file = decodePieces(pieces)
  const card = cardIn(file)
  if (!isSealed(file)) return { tensors: withoutCard(file.tensors), skipped: file.skipped, card }
  return { tensors: modelOf(await decodeSealed(pieces, digest)), skipped: new Map(), card }
}

function dtypeOf({ tensors }: SavedTensors): FloatDType {
  return [...tensors.values()].some(({ dtype }) => dtype === 'float64') ? 'float64' : 'float32'
}

/**
 * The model that a file describes: of the layers on its card, or a ThreeLayerConvNet of the sizes that its tensors have.
 * What the file says is held against its tensors before anything is built.
 * Throws `DataError` for what does not fit, `ConfigError` for another `imageSize` than the model was trained on.
 */
export async function buildSaved(
  saved: SavedTensors,
  backend: Backend,
  options: SavedModelOptions,
): Promise<SavedModel> {
  const { imageSize = 32, create } = checkOptions('saved model', options, optionNames)
  const { tensors, skipped, card } = saved
  if (create && card.layers === undefined) {
    const model = await create(dtypeOf(saved), card)
    return { model, card, unneeded: [...fillTensors('model file', modelTensors(model), tensors), ...skipped.keys()] }
  }
  const input = card.meanImage?.shape ?? card.input
  const model =
    input && card.layers !== undefined
      ? fromLayers(backend, saved, input, card.layers)
      : fromSizes(backend, saved, input ?? [3, imageSize, imageSize])
  const own = modelTensors(model)
  return { model, card, unneeded: [...tensors.keys(), ...skipped.keys()].filter((name) => !own.has(name)) }
}

function fromLayers(backend: Backend, saved: SavedTensors, input: Shape, text: string): Model {
  const { tensors, card } = saved
  return inFile('its layers', () => {
    const layers = parseLayers(text, card.classNames?.length ?? 0)
    const loss = card.loss ? { loss: lossOf(card.loss) } : {}
    const model = new Sequential(backend, { input, layers, ...loss, dtype: dtypeOf(saved), values: tensors })
    // Padding and strides stand in no tensor that would bound them.
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

function fromSizes(backend: Backend, saved: SavedTensors, input: Shape): Model {
  const options = sizes(saved, input)
  return inFile(
    'its sizes',
    () => new ThreeLayerConvNet(backend, { ...options, dtype: dtypeOf(saved), values: saved.tensors }),
  )
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

/** W1 (F, C, k, k), W2 (F * floor(H / 2) * floor(W / 2), hidden), W3 (hidden, classes), of images `input` (C, H, W). */
function sizes({ tensors }: SavedTensors, [, height = 0, width = 0]: Shape): ThreeLayerConvNetOptions {
  const [w1, w2, w3] = ['W1', 'W2', 'W3'].map((name) => tensors.get(name)?.shape ?? [])
  const [numFilters, channels, filterSize] = w1 ?? []
  const [pooled, hiddenDim] = w2 ?? []
  const [, numClasses] = w3 ?? []
  if (!numFilters || !channels || !filterSize || !pooled || !hiddenDim || !numClasses)
    throw new DataError(
      `holds ${nameList([...tensors.keys()]) || 'no tensors'}, which is no ThreeLayerConvNet; \`model\` in the configuration file, or \`create\`, says how to build another`,
    )
  if (pooled !== numFilters * Math.floor(height / 2) * Math.floor(width / 2))
    throw new ConfigError(
      `imageSize, --image-size: expected images whose halves have ${pooled / numFilters} pixels, as the model was trained on, got ${height}`,
    )
  return { inputDim: [channels, height, width], numFilters, filterSize, hiddenDim, numClasses }
}
