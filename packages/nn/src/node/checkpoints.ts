import { readFile } from 'node:fs/promises'
import { DataError } from '@convkit/api'
import { reasonOf, writeWholeFile } from '@convkit/files'
import { decodeCheckpoint, decodeModel, encodeCheckpoint, encodeModel } from '../checkpoint.js'
import type { Model } from '../model.js'
import type { ModelCard } from '../modelCard.js'
import type { Solver } from '../solver/solver.js'
import type { SolverState } from '../solver/state.js'

/**
 * Writes what `solver` needs to go on from here, for `solver.restore`. The file is the old one or the new one, never a
 * part, whenever the process dies. Call it between two events, best at a `checkpoint` event.
 */
export async function saveCheckpoint(path: string, solver: Solver, card: ModelCard = {}): Promise<void> {
  await writeWholeFile(path, await encodeCheckpoint(await solver.state(), card))
}

/** Throws a `DataError` that names the file when it cannot be read or is damaged. */
export async function loadCheckpoint(path: string): Promise<SolverState> {
  const bytes = await read(path)
  return naming(path, () => decodeCheckpoint(bytes))
}

/** Writes parameters, buffers and the card as plain safetensors, atomically. */
export async function saveModel(path: string, model: Model, card: ModelCard = {}): Promise<void> {
  await writeWholeFile(path, await encodeModel(model, card))
}

/** Overwrites the model's parameters and buffers. Throws a `DataError` that names the file when it does not fit. */
export async function loadModel(path: string, model: Model): Promise<void> {
  const bytes = await read(path)
  await naming(path, () => decodeModel(bytes, model))
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new DataError(`cannot read ${path}: ${reasonOf(cause)}`, { cause })
  }
}

async function naming<T>(path: string, decode: () => T | Promise<T>): Promise<T> {
  try {
    return await decode()
  } catch (cause) {
    if (cause instanceof DataError) throw new DataError(`${path}: ${cause.message}`, { cause })
    throw cause
  }
}
