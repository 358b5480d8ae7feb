// Its declarations of what a program without Node's types lacks.
import '@convkit/api'

export type { BatchFile } from './cache.js'
export * from './cifar10.js'
export type { FetchOptions } from './fetch.js'
export * from './imageFolder.js'
export {
  encodeImage,
  type Image,
  type ImageFormat,
  type ReadImageOptions,
  readImage,
  type WritableImage,
  writeImage,
} from './images.js'
export type { SplitOptions, Splits } from './load.js'
export type { PixelFile } from './pixelFile.js'
export type { OnProgress, Progress } from './progress.js'
export { type ReadImages, type ReadImagesOptions, readImages } from './readImages.js'
