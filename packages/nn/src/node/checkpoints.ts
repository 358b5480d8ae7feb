import { createHash } from 'node:crypto'
import { type Backend, DataError } from '@convkit/api'
import { writeWholeFile } from '@convkit/files'
import { fillModel } from '../checkpoint.js'
import { type ForeignWeightsOptions, fillFromForeign, type WeightMap } from '../foreignWeights.js'
import type { Model } from '../model.js'
import type { ModelCard } from '../modelCard.js'
import { modelPieces } from '../modelPieces.js'
import { decodePieces } from '../safetensors/pieces.js'
import { buildSaved, type SavedModel, type SavedModelOptions, type SavedTensors, savedTensors } from '../savedModel.js'
import { type Digest, decodeSealed, encodeSealed } from '../sealed.js'
import type { Solver } from '../solver/solver.js'
import type { SolverState } from '../solver/state.js'
import { readPieces } from './readPieces.js'

/**
 * Writes what `solver` needs to go on from here, for `solver.restore`. The file is the old one or the new one, never a
 * part, whenever the process dies. Call it between two events, best at a `checkpoint` event.
 */
export async function saveCheckpoint(path: string, solver: Solver, card: ModelCard = {}): Promise<void> {
  await writeWholeFile(path, await encodeSealed(await solver.state(), card, digest))
}

/** Throws a `DataError` that names the file when it cannot be read or is damaged. */
export async function loadCheckpoint(path: string): Promise<SolverState> {
  const pieces = await readPieces(path)
  return naming(path, () => decodeSealed(pieces, digest))
}

/** Writes what `encodeModel` gives, atomically. */
export async function saveModel(path: string, model: Model, card: ModelCard = {}): Promise<void> {
  await writeWholeFile(path, await modelPieces(model, card))
}

/**
 * Overwrites the model's parameters and buffers, and gives the names of the file's tensors that the model does not have.
 * Throws a `DataError` that names the file when it does not fit.
 */
export async function loadModel(path: string, model: Model): Promise<string[]> {
  const pieces = await readPieces(path)
  return naming(path, () => fillModel(model, decodePieces(pieces).tensors))
}

/** As `decodeWeights`, of a file; a `DataError` names it. */
export async function loadWeights(
  path: string,
  model: Model,
  map: WeightMap,
  options?: ForeignWeightsOptions,
): Promise<void> {
  const pieces = await readPieces(path)
  return naming(path, () => fillFromForeign(decodePieces(pieces), model, map, options))
}

/** Reads a model's file or a checkpoint. Throws a `DataError` that names the file when it cannot be read or is damaged. */
export async function readSaved(path: string): Promise<SavedTensors> {
  const pieces = await readPieces(path)
  return naming(path, () => savedTensors(pieces, digest))
}

/** As `readModel`, of a file; a `DataError` names it. */
export async function openModel(path: string, backend: Backend, options: SavedModelOptions = {}): Promise<SavedModel> {
  const saved = await readSaved(path)
  return naming(path, () => buildSaved(saved, backend, options))
}

const digest: Digest = async (parts) => {
  const hash = createHash('sha256')
  // A hash takes less than 2 GiB at a time.
  for (const part of parts)
    for (let done = 0; done < part.length; done += 2 ** 30) hash.update(part.subarray(done, done + 2 ** 30))
  return hash.digest('hex')
}

async function naming<T>(path: string, decode: () => T | Promise<T>): Promise<T> {
  try {
    return await decode()
  } catch (cause) {
    if (cause instanceof DataError) throw new DataError(`${path}: ${cause.message}`, { cause })
    throw cause
  }
}
