import { checkOptions, DataError, formatShape, type OptionNames } from '@convkit/api'
import { cut } from './cut.js'
import { type HostTensor, readSafetensors, type SafetensorsFile } from './safetensors.js'

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

/** Throws `ConfigError` for what a card does not have. */
export function checkCard(card: ModelCard): ModelCard {
  return checkOptions('model card', card, cardNames)
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
  if (meanImage && (meanImage.dtype === 'int32' || meanImage.shape.length !== 3 || meanImage.data.length === 0))
    throw new DataError(
      `model file: ${meanName} is ${meanImage.dtype} ${cut(formatShape(meanImage.shape))}; wanted floats (C, H, W)`,
    )
  if (layers !== undefined && layers.length > longestLayers)
    throw new DataError(`model file: its layers take ${layers.length} characters; at most ${longestLayers} are read`)
  return {
    ...(meanImage && { meanImage }),
    ...(classNames !== undefined && { classNames: parseNames(classNames) }),
    ...(layers !== undefined && { layers }),
  }
}

/** Characters that are read. */
export const longestLayers = 100_000

function parseNames(text: string): string[] {
  try {
    const names: unknown = JSON.parse(text)
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names
  } catch {
    // Said below.
  }
  throw new DataError(`model file: classNames is ${cut(text)}; wanted a list of names as JSON`)
}
