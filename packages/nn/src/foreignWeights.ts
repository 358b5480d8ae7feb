import {
  ConfigError,
  checkOptions,
  DataError,
  didYouMean,
  type FloatTensor,
  formatShape,
  type OptionNames,
  type Shape,
  sizeOf,
} from '@convkit/api'
import { cut } from './cut.js'
import { matches } from './matches.js'
import type { Model } from './model.js'
import { firstOf, nameList } from './nameList.js'
import { floatArray } from './parameter.js'
import type { SafetensorsFile } from './safetensors/file.js'
import { readSafetensors } from './safetensors.js'
import { modelTensors } from './solver/tensors.js'

/** Where a tensor of the model stands in the file of another tool. */
export interface ForeignTensor {
  readonly name: string
  /** Axis i of the model's tensor is axis `axes[i]` of the file's, as in numpy's `transpose`; default: the same order. */
  readonly axes?: readonly number[]
}

/** By the name of each parameter and buffer of a model; null leaves that one as it is. */
export type WeightMap = { readonly [tensor: string]: ForeignTensor | string | null }

export interface ForeignWeightsOptions {
  /** Tensors of the file that the model does without; each `*` stands for any characters: `fc.*`. Default none. */
  readonly ignore?: readonly string[]
}

const optionNames: OptionNames<ForeignWeightsOptions> = { ignore: true }
const sourceNames: OptionNames<ForeignTensor> = { name: true, axes: true }

/**
 * Fills a model's parameters and buffers from a safetensors file of another tool, rounded to the model's number type.
 * Everything is checked before anything is written. Tensors of whole numbers, such as PyTorch's counts of batches, are no weights.
 * Throws `ConfigError` for a map that leaves tensors of the model out or names others; `DataError`, in one line, for all that
 * the file lacks, has in another shape, or has beside what the map and `ignore` name.
 */
export function decodeWeights(bytes: Uint8Array, model: Model, map: WeightMap, options?: ForeignWeightsOptions): void {
  fillFromForeign(readSafetensors(bytes), model, map, options)
}

/** As `decodeWeights`, of a file that was read already. */
export function fillFromForeign(
  { tensors, skipped }: SafetensorsFile,
  model: Model,
  map: WeightMap,
  options: ForeignWeightsOptions = {},
): void {
  const { ignore = [] } = checkOptions('weights', options, optionNames)
  const unread = new Map(skipped)
  const [missing, unlike]: [string[], string[]] = [[], []]
  const fills: (() => void)[] = []
  const spare = new Set([...tensors.keys(), ...skipped.keys()])
  for (const [name, { data }] of tensors) {
    if (!(data instanceof Int32Array)) continue
    unread.set(name, 'it holds whole numbers')
    spare.delete(name)
  }
  for (const { own, tensor, name, axes } of sourcesOf(modelTensors(model), map)) {
    spare.delete(name)
    const value = tensors.get(name)
    if (!value || value.data instanceof Int32Array) {
      const why = unread.get(name)
      missing.push(`${cut(name)} for ${own}${why === undefined ? '' : `: ${why}`}`)
      continue
    }
    const { data, shape } = value
    const wanted = shapeInFile(tensor.shape, axes)
    if (formatShape(shape) !== formatShape(wanted))
      unlike.push(`${cut(name)} ${cut(formatShape(shape))} for ${own}, which wants ${formatShape(wanted)}`)
    else fills.push(() => tensor.backend.write(tensor.storage, floatArray(tensor.dtype, transposed(data, shape, axes))))
  }
  const unneeded = [...spare].filter((name) => !ignore.some((pattern) => matches(pattern, name)))
  const faults = [
    ...(missing.length > 0 ? [`it has no ${firstOf(missing)}`] : []),
    ...(unlike.length > 0 ? [`it has ${firstOf(unlike)}`] : []),
    ...(unneeded.length > 0 ? [`neither the map nor \`ignore\` names its ${nameList(unneeded)}`] : []),
  ]
  if (faults.length > 0) throw new DataError(`weights: the file does not fit the model: ${faults.join('; ')}`)
  for (const fill of fills) fill()
}

interface Source {
  /** The tensor's name in the model. */
  readonly own: string
  readonly tensor: FloatTensor
  readonly name: string
  readonly axes: readonly number[]
}

function sourcesOf(tensors: ReadonlyMap<string, FloatTensor>, map: WeightMap): Source[] {
  const names = [...tensors.keys()]
  for (const name of Object.keys(map))
    if (!tensors.has(name))
      throw new ConfigError(`weights: the model has no ${name}${didYouMean(name, names)} (it has ${nameList(names)})`)
  const unnamed = names.filter((name) => !Object.hasOwn(map, name))
  if (unnamed.length > 0)
    throw new ConfigError(
      `weights: the map does not say where ${nameList(unnamed)} stand in the file; null leaves one as it is`,
    )
  return [...tensors].flatMap(([own, tensor]) => {
    const given = map[own]
    if (given === null || given === undefined) return []
    const order = tensor.shape.map((_, axis) => axis)
    const { name, axes = order } =
      typeof given === 'string' ? { name: given } : checkOptions(`weights: ${own}`, given, sourceNames)
    if (axes.length !== order.length || !order.every((axis) => axes.includes(axis)))
      throw new ConfigError(`weights: axes of ${own} must be each of ${order.join(', ')} once, got ${axes.join(', ')}`)
    return [{ own, tensor, name, axes }]
  })
}

/** Its axis `axes[i]` is axis i of `shape`. */
function shapeInFile(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((_, axis) => shape[axes.indexOf(axis)])
}

/** Row-major values with their axes in another order. */
function transposed(data: Float32Array | Float64Array, shape: Shape, axes: readonly number[]) {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const out = data.slice()
  let to = 0
  const copy = (from: number, [axis, ...inner]: readonly number[]) => {
    if (axis === undefined) out[to++] = data[from]
    else for (let i = 0; i < shape[axis]; i++) copy(from + i * strides[axis], inner)
  }
  copy(0, axes)
  return out
}
