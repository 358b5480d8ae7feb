import { readFile } from 'node:fs/promises'
import { type Backend, ConfigError, DataError, type FloatDType, type Shape } from '@convkit/api'
import {
  decodeCheckpoint,
  decodeModel,
  type HostTensor,
  type Model,
  type ModelCard,
  parseLayers,
  readModelCard,
  readSafetensors,
  Sequential,
  ThreeLayerConvNet,
  type ThreeLayerConvNetOptions,
  writeSafetensors,
} from '@convkit/nn'
import type { Settings } from './config/load.js'

type Tensors = ReadonlyMap<string, HostTensor>

export interface SavedModel {
  readonly model: Model
  readonly card: ModelCard
}

/**
 * The model of a file that `train` or the page wrote: of `--out`, or the best one of a `--checkpoint`. It is the
 * configuration's `model`, or what the file's card says, or a ThreeLayerConvNet of the sizes that its tensors have.
 */
export async function loadSavedModel(path: string, backend: Backend, settings: Settings): Promise<SavedModel> {
  try {
    const bytes = await readFile(path)
    const [tensors, card] = [await savedTensors(bytes), readModelCard(bytes)]
    const dtype = [...tensors.values()].some((tensor) => tensor.dtype === 'float64') ? 'float64' : 'float32'
    const model = settings.model
      ? await settings.model(backend, { dtype, seed: settings.seed })
      : rebuild(backend, { tensors, card, dtype, imageSize: settings.imageSize })
    decodeModel(writeSafetensors(tensors, {}), model)
    return { model, card }
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw new DataError(`${path}: ${cause.message}`, { cause })
  }
}

interface Saved {
  readonly tensors: Tensors
  readonly card: ModelCard
  readonly dtype: FloatDType
  readonly imageSize: number
}

function rebuild(backend: Backend, { tensors, card, dtype, imageSize }: Saved): Model {
  const { meanImage, classNames, layers } = card
  const input = meanImage?.shape
  if (input && layers !== undefined)
    return new Sequential(backend, { input, layers: parseLayers(layers, classNames?.length ?? 0), dtype })
  return new ThreeLayerConvNet(backend, { ...sizes(tensors, input ?? [3, imageSize, imageSize]), dtype })
}

async function savedTensors(bytes: Uint8Array): Promise<Tensors> {
  const { tensors, metadata } = readSafetensors(bytes)
  if (metadata.format === undefined) return tensors
  const { best, training } = await decodeCheckpoint(bytes)
  return best?.model ?? training.model
}

/** W1 (F, C, k, k), W2 (F * floor(H / 2) * floor(W / 2), hidden), W3 (hidden, classes), of images `input` (C, H, W). */
function sizes(tensors: Tensors, [, height = 0, width = 0]: Shape): ThreeLayerConvNetOptions {
  const [w1, w2, w3] = ['W1', 'W2', 'W3'].map((name) => tensors.get(name)?.shape ?? [])
  const [numFilters, channels, filterSize] = w1 ?? []
  const [pooled, hiddenDim] = w2 ?? []
  const [, numClasses] = w3 ?? []
  if (!numFilters || !channels || !filterSize || !pooled || !hiddenDim || !numClasses)
    throw new DataError(
      `holds ${[...tensors.keys()].join(', ') || 'no tensors'}, which is no ThreeLayerConvNet; \`model\` in the configuration file says how to build another`,
    )
  if (pooled !== numFilters * Math.floor(height / 2) * Math.floor(width / 2))
    throw new ConfigError(
      `--image-size: expected images whose halves have ${pooled / numFilters} pixels, as the model was trained on, got ${height}`,
    )
  return { inputDim: [channels, height, width], numFilters, filterSize, hiddenDim, numClasses }
}
