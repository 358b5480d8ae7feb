import { readFile } from 'node:fs/promises'
import { type Backend, ConfigError, DataError } from '@convkit/api'
import {
  decodeCheckpoint,
  decodeModel,
  type HostTensor,
  type Model,
  readSafetensors,
  ThreeLayerConvNet,
  type ThreeLayerConvNetOptions,
  writeSafetensors,
} from '@convkit/nn'
import type { Settings } from './config/load.js'

type Tensors = ReadonlyMap<string, HostTensor>

/**
 * The model of a file that `train` wrote: of `--out`, or the best one of a `--checkpoint`. It is the configuration's
 * `model`, or a ThreeLayerConvNet of the sizes that its tensors have, for images of `imageSize`.
 */
export async function loadSavedModel(path: string, backend: Backend, settings: Settings): Promise<Model> {
  try {
    const tensors = await savedTensors(await readFile(path))
    const dtype = [...tensors.values()].some((tensor) => tensor.dtype === 'float64') ? 'float64' : 'float32'
    const model = settings.model
      ? await settings.model(backend, { dtype, seed: settings.seed })
      : new ThreeLayerConvNet(backend, { ...sizes(tensors, settings.imageSize), dtype })
    decodeModel(writeSafetensors(tensors, {}), model)
    return model
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw new DataError(`${path}: ${cause.message}`, { cause })
  }
}

async function savedTensors(bytes: Uint8Array): Promise<Tensors> {
  const { tensors, metadata } = readSafetensors(bytes)
  if (metadata.format === undefined) return tensors
  const { best, training } = await decodeCheckpoint(bytes)
  return best?.model ?? training.model
}

/** W1 (F, C, k, k), W2 (F * floor(H / 2) * floor(W / 2), hidden), W3 (hidden, classes), where H = W = `size`. */
function sizes(tensors: Tensors, size: number): ThreeLayerConvNetOptions {
  const [w1, w2, w3] = ['W1', 'W2', 'W3'].map((name) => tensors.get(name)?.shape ?? [])
  const [numFilters, channels, filterSize] = w1 ?? []
  const [pooled, hiddenDim] = w2 ?? []
  const [, numClasses] = w3 ?? []
  if (!numFilters || !channels || !filterSize || !pooled || !hiddenDim || !numClasses)
    throw new DataError(
      `holds ${[...tensors.keys()].join(', ') || 'no tensors'}, which is no ThreeLayerConvNet; \`model\` in the configuration file says how to build another`,
    )
  if (pooled !== numFilters * Math.floor(size / 2) ** 2)
    throw new ConfigError(
      `--image-size: expected images whose halves have ${pooled / numFilters} pixels, as the model was trained on, got ${size}`,
    )
  return { inputDim: [channels, size, size], numFilters, filterSize, hiddenDim, numClasses }
}
