import { checkOptions, DataError, formatShape, type OptionNames, type Shape, sizeOf } from '@convkit/api'
import { cut } from './cut.js'
import type { LossDescription } from './loss.js'
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
  /** Shape of what these layers take, without the batch axis: that of the mean image, where there is one. */
  readonly input?: Shape
  /** Of those layers; absent: softmaxCrossEntropy. */
  readonly loss?: LossDescription
  /** What the output is held against, where that is not labels: the images themselves, as `ValueSetInput` has them. */
  readonly targets?: 'images'
}

const cardNames: OptionNames<ModelCard> = {
  meanImage: true,
  classNames: true,
  layers: true,
  input: true,
  loss: true,
  targets: true,
}

/** Throws `ConfigError` for what a card does not have, `DataError` for what `readModelCard` would refuse. */
export function checkCard(card: ModelCard): void {
  checkContents('model card', checkOptions('model card', card, cardNames))
}

function checkContents(what: string, { meanImage, classNames, layers, input, loss, targets }: ModelCard): void {
  if (meanImage !== undefined && !isImage(meanImage)) {
    const { dtype, shape } = Object(meanImage)
    const got = Array.isArray(shape) ? `${dtype} ${cut(formatShape(shape))}` : cut(String(meanImage))
    throw new DataError(`${what}: its mean image is ${got}; wanted floats (C, H, W)`)
  }
  if (classNames !== undefined && !areNames(classNames))
    throw new DataError(`${what}: classNames is ${cut(JSON.stringify(classNames))}; wanted a list of names`)
  if (input !== undefined && !isInput(input))
    throw new DataError(
      `${what}: input is ${cut(JSON.stringify(input))}; wanted a shape of at most ${mostValues} values`,
    )
  if (loss !== undefined && !isLoss(loss))
    throw new DataError(`${what}: loss is ${cut(JSON.stringify(loss))}; wanted ${wantedLoss}`)
  if (targets !== undefined) targetsIn(what, targets)
  if (layers === undefined) return
  if (typeof layers !== 'string') throw new DataError(`${what}: layers is ${cut(String(layers))}; wanted text`)
  if (layers.length > longestLayers)
    throw new DataError(`${what}: its layers take ${layers.length} characters; at most ${longestLayers} are read`)
}

function isImage(image: HostTensor): boolean {
  const { dtype, shape, data } = Object(image)
  return (dtype === 'float32' || dtype === 'float64') && shape?.length === 3 && data?.length > 0
}

function isInput(input: unknown): input is Shape {
  return (
    Array.isArray(input) &&
    input.length > 0 &&
    input.every((length) => Number.isSafeInteger(length) && length > 0) &&
    sizeOf(input) <= mostValues
  )
}

function areNames(names: unknown): names is readonly string[] {
  return Array.isArray(names) && names.every((name) => typeof name === 'string')
}

const wantedLoss = '{ name, hyperparameters }'

function isLoss(loss: unknown): loss is LossDescription {
  const { name, hyperparameters, ...others } = Object(loss)
  if (typeof name !== 'string' || Object.keys(others).length > 0) return false
  if (typeof hyperparameters !== 'object' || hyperparameters === null || Array.isArray(hyperparameters)) return false
  return Object.values(hyperparameters).every((value) => value === null || Object(value) !== value)
}

/** No parameter's name: those have their layer before the point. */
const meanName = 'card.meanImage'
/** What others call their metadata is not read as ours. */
const lossName = 'card.loss'
const targetsName = 'card.targets'

export function cardTensors({ meanImage }: ModelCard): [string, HostTensor][] {
  return meanImage ? [[meanName, meanImage]] : []
}

export function cardMetadata({ classNames, layers, input, loss, targets }: ModelCard): Record<string, string> {
  return {
    ...(classNames && { classNames: JSON.stringify(classNames) }),
    ...(layers !== undefined && { layers }),
    ...(input && { input: JSON.stringify(input) }),
    ...(loss && { [lossName]: JSON.stringify(loss) }),
    ...(targets && { [targetsName]: targets }),
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
  const { classNames, layers, input, [lossName]: loss, [targetsName]: targets } = metadata
  const card = {
    ...(meanImage && { meanImage }),
    ...(classNames !== undefined && { classNames: parsed(classNames, areNames, 'classNames', 'a list of names') }),
    ...(layers !== undefined && { layers }),
    ...(input !== undefined && { input: parsed(input, isInput, 'input', 'a shape') }),
    ...(loss !== undefined && { loss: parsed(loss, isLoss, 'loss', wantedLoss) }),
    ...(targets !== undefined && { targets: targetsIn('model file', targets) }),
  }
  checkContents('model file', card)
  return card
}

/** Characters that are read. */
export const longestLayers = 100_000

/** Values of one image at any place of a model. */
export const mostValues = 2 ** 26

function parsed<T>(text: string, is: (value: unknown) => value is T, key: string, wanted: string): T {
  try {
    const value: unknown = JSON.parse(text)
    if (is(value)) return value
  } catch {
    // Said below.
  }
  throw new DataError(`model file: ${key} is ${cut(text)}; wanted ${wanted} as JSON`)
}

function targetsIn(what: string, targets: unknown): 'images' {
  if (targets === 'images') return targets
  throw new DataError(`${what}: targets is ${cut(String(targets))}; wanted images, or nothing for labels`)
}
