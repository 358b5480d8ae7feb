import { del, delMany, get, set } from 'idb-keyval'
import type { PixelSet } from '../data/pixelSet.js'
import type { TrainConfig } from './config.js'

/** A run as it was at its last checkpoint. */
export interface SavedRun {
  readonly config: TrainConfig
  /** Of the images, where it is not that of the training images. */
  readonly mean: Float64Array | null
  readonly iteration: number
  readonly iterations: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly checkpoint: Uint8Array
}

const [runKey, imagesKey] = ['training', 'images']

export async function loadRun(): Promise<SavedRun | null> {
  return (await get<SavedRun>(runKey)) ?? null
}

/** The visitor's own images that the saved run is on; null for the sample, which can be loaded again. */
export async function loadImages(): Promise<PixelSet | null> {
  return (await get<PixelSet>(imagesKey)) ?? null
}

export async function saveRun(run: SavedRun): Promise<void> {
  await set(runKey, run)
}

/** For a new run, of which nothing is saved yet. */
export async function saveImages(images: PixelSet): Promise<void> {
  await del(runKey)
  await set(imagesKey, images.own ? images : null)
}

export async function forgetRun(): Promise<void> {
  await delMany([runKey, imagesKey])
}
