import { checkOptions, DataError, formatShape, type OptionNames } from '@convkit/api'
import { cut } from './cut.js'
import type { HostTensor, SafetensorsFile } from './safetensors/file.js'
import { readSafetensors } from './safetensors.js'

/** What a model's file says beside its parameters, so that whoever has the file can use it on pictures. */
export interface ModelCard {
  /** (C, H, W), subtracted from images of 0..255 before the first layer. */
  readonly meanImage?: HostTensor
  /** In the order of the scores. */
  readonly classNames?: readonly string[]
  /** A `Sequential`'s layers, as `parseLayers` reads them. */
  readonly layers?: string
}

const cardNames: OptionNames<ModelCard> = { meanImage: true, classNames: true, layers: true }

/** Throws `ConfigError` for what a card does not have, `DataError` for what `readModelCard` would refuse. */
export function checkCard(card: ModelCard): void {
  checkContents('model card', checkOptions('model card', card, cardNames))
}

function checkContents(what: string, { meanImage, classNames, layers }: ModelCard): void {
  if (meanImage !== undefined && !isImage(meanImage)) {
    const { dtype, shape } = Object(meanImage)
    const got = Array.isArray(shape) ? `${dtype} ${cut(formatShape(shape))}` : cut(String(meanImage))
    throw new DataError(`${what}: its mean image is ${got}; wanted floats (C, H, W)`)
  }
  if (classNames !== undefined && !areNames(classNames))
    throw new DataError(`${what}: classNames is ${cut(JSON.stringify(classNames))}; wanted a list of names`)
  if (layers === undefined) return
  if (typeof layers !== 'string') throw new DataError(`${what}: layers is ${cut(String(layers))}; wanted text`)
  if (layers.length > longestLayers)
    throw new DataError(`${what}: its layers take ${layers.length} characters; at most ${longestLayers} are read`)
}

function isImage(image: HostTensor): boolean {
  const { dtype, shape, data } = Object(image)
  return (dtype === 'float32' || dtype === 'float64') && shape?.length === 3 && data?.length > 0
}

function areNames(names: unknown): names is readonly string[] {
  return Array.isArray(names) && names.every((name) => typeof name === 'string')
}

/** No parameter's name: those have their layer before the point. */
const meanName = 'card.meanImage'

export function cardTensors({ meanImage }: ModelCard): [string, HostTensor][] {
  return meanImage ? [[meanName, meanImage]] : []
}

export function cardMetadata({ classNames, layers }: ModelCard): Record<string, string> {
  return {
    ...(classNames && { classNames: JSON.stringify(classNames) }),
    ...(layers !== undefined && { layers }),
  }
}

export function withoutCard(tensors: ReadonlyMap<string, HostTensor>): ReadonlyMap<string, HostTensor> {
  return new Map([...tensors].filter(([name]) => name !== meanName))
}

/**
 * The card of a model's file or of a checkpoint; empty for a file that has none. Throws `DataError` where it is damaged,
 * and that is all that is checked of a checkpoint: `decodeCheckpoint` checks the rest.
 */
export function readModelCard(bytes: Uint8Array): ModelCard {
  return cardIn(readSafetensors(bytes))
}

/** The same, of a file that was read already. */
export function cardIn({ tensors, metadata }: SafetensorsFile): ModelCard {
  const meanImage = tensors.get(meanName)
  const { classNames, layers } = metadata
  const card = {
    ...(meanImage && { meanImage }),
    ...(classNames !== undefined && { classNames: parseNames(classNames) }),
    ...(layers !== undefined && { layers }),
  }
  checkContents('model file', card)
  return card
}

/** Characters that are read. */
export const longestLayers = 100_000

function parseNames(text: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(text)
    if (areNames(names)) return names
  } catch {
    // Said below.
  }
  throw new DataError(`model file: classNames is ${cut(text)}; wanted a list of names as JSON`)
}
