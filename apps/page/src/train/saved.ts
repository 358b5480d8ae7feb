import { del, get, set } from 'idb-keyval'
import type { PixelSet } from '../data/pixelSet.js'
import type { TrainConfig } from './config.js'

/** A run as it was at its last checkpoint. */
export interface SavedRun {
  readonly config: TrainConfig
  readonly iteration: number
  readonly iterations: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly checkpoint: Uint8Array
  /** The visitor's own images; null for the sample, which can be loaded again. */
  readonly own: PixelSet | null
}

const key = 'run'

export async function loadRun(): Promise<SavedRun | null> {
  return (await get<SavedRun>(key)) ?? null
}

export async function saveRun(run: SavedRun): Promise<void> {
  await set(key, run)
}

export async function forgetRun(): Promise<void> {
  await del(key)
}
