import type { Backend } from '@convkit/api'
import type { Model } from './model.js'
import { type ModelCard, withoutCard } from './modelCard.js'
import { modelPieces } from './modelPieces.js'
import { join, split } from './safetensors/pieces.js'
import { readSafetensors } from './safetensors.js'
import { buildSaved, type SavedModel, type SavedModelOptions, savedTensors } from './savedModel.js'
import { type Digest, decodeSealed, encodeSealed } from './sealed.js'
import type { SolverState } from './solver/state.js'
import { fillTensors, type HostTensors, modelTensors } from './solver/tensors.js'

/**
 * A solver's state as a safetensors file: `model.*`, `optimizer.*`, `average.*`, `best.*` and `losses`, the rest as JSON in the
 * metadata, and a SHA-256 of the whole file with the digest's own place filled with zeros. The order of an epoch is
 * kept as the generator's state before its shuffle. Needs WebCrypto, which browsers offer to secure pages.
 */
export async function encodeCheckpoint(state: SolverState, card: ModelCard = {}): Promise<Uint8Array> {
  return join(await encodeSealed(state, card, digest))
}

/** Throws `DataError` for a file that is not a checkpoint, of another version, or altered in any bit. */
export async function decodeCheckpoint(bytes: Uint8Array): Promise<SolverState> {
  return decodeSealed(split(bytes), digest)
}

/**
 * A model's parameters and buffers by their own names, as a safetensors file that anything can read, and its card, with the layers,
 * the loss and the input of a `Sequential` of the library's layers.
 */
export async function encodeModel(model: Model, card: ModelCard = {}): Promise<Uint8Array> {
  return join(await modelPieces(model, card))
}

/**
 * Overwrites parameters and buffers, and gives the names of the file's tensors that the model does not have. Throws
 * `DataError` where the file is damaged or lacks a tensor of the model.
 */
export function decodeModel(bytes: Uint8Array, model: Model): string[] {
  return fillModel(model, readSafetensors(bytes).tensors)
}

/** As `decodeModel`, of tensors that were read already. */
export function fillModel(model: Model, tensors: HostTensors): string[] {
  return fillTensors('model file', modelTensors(model), withoutCard(tensors))
}

/**
 * The model of a file that `train`, `saveModel` or the page wrote, or the best one of a checkpoint: of the layers on its card, or
 * a ThreeLayerConvNet of the sizes of its tensors. What the file says is held against its tensors before anything is built.
 * Throws `DataError` where it is damaged or does not say its layers, `ConfigError` for another `imageSize` than it was trained on.
 */
export async function readModel(
  bytes: Uint8Array,
  backend: Backend,
  options: SavedModelOptions = {},
): Promise<SavedModel> {
  return buildSaved(await savedTensors(split(bytes), digest), backend, options)
}

const digest: Digest = async (parts) => {
  const hash = await globalThis.crypto.subtle.digest('SHA-256', join(parts))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
