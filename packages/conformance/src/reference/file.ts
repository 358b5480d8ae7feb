import { DataError } from '@convkit/api'
import { readSafetensors } from '@convkit/nn'
import type { Attributes, NdArray, Results } from '../core/case.js'

/** A reference file as it came. */
export interface NamedBytes {
  /** Of the file, without `.safetensors`. */
  readonly name: string
  readonly bytes: Uint8Array
}

const kinds = ['layer', 'optimizer', 'model'] as const
const precisions = ['float64', 'float32'] as const

/** One reference file: what to run, on what, and what must come out. The format: docs/reference-files.md. */
export interface ReferenceFile {
  readonly kind: (typeof kinds)[number]
  readonly layer: string
  readonly attrs: Attributes
  /** What the expected values were computed in. */
  readonly precision: (typeof precisions)[number]
  /** `in.*` and `grad.y`, the upstream gradient. */
  readonly inputs: Results
  /** `out.*` and `grad.*`. */
  readonly expected: Results
}

/** Throws `DataError` for a file that is damaged or is not a reference file. */
export function readReference(bytes: Uint8Array): ReferenceFile {
  const { tensors, metadata } = readSafetensors(bytes)
  const { layer, attrs = '{}' } = metadata
  const kind = oneOf(kinds, 'kind', metadata.kind)
  const precision = oneOf(precisions, 'precision', metadata.precision)
  if (!layer) throw new DataError('the metadata names no layer')
  const inputs: { [name: string]: NdArray } = {}
  const expected: { [name: string]: NdArray } = {}
  for (const [name, { shape, data }] of tensors) {
    if (!/^(in|out|grad)\../.test(name)) throw new DataError(`a tensor must be in.*, out.* or grad.*, got ${name}`)
    const side = name.startsWith('in.') || name === 'grad.y' ? inputs : expected
    side[name] = { shape, data: data instanceof Int32Array ? data : Float64Array.from(data) }
  }
  if (Object.keys(expected).length === 0) throw new DataError('nothing is expected: there is no out.* and no grad.*')
  return { kind, layer, attrs: readAttributes(attrs), precision, inputs, expected }
}

function oneOf<T extends string>(choices: readonly T[], key: string, value: string | undefined): T {
  const found = choices.find((choice) => choice === value)
  if (found === undefined)
    throw new DataError(`the metadata's ${key} must be one of ${choices.join(', ')}, got ${value}`)
  return found
}

function readAttributes(json: string): Attributes {
  try {
    const attrs: unknown = JSON.parse(json)
    if (typeof attrs === 'object' && attrs !== null && !Array.isArray(attrs)) return { ...attrs }
  } catch (cause) {
    throw new DataError(`the metadata's attrs are not JSON: ${json}`, { cause })
  }
  throw new DataError(`the metadata's attrs must be a JSON object, got ${json}`)
}

/** A float input; throws `DataError` where the file has none. */
export function input(file: ReferenceFile, name: string): NdArray {
  const array = file.inputs[name]
  if (!array) throw new DataError(`${file.layer} has no ${name}`)
  if (array.data instanceof Int32Array) throw new DataError(`${file.layer}: ${name} must be F32 or F64, got I32`)
  return array
}

/** `in.labels`; throws `DataError` where the file has none. */
export function labels(file: ReferenceFile): NdArray {
  const array = file.inputs['in.labels']
  if (!(array?.data instanceof Int32Array)) throw new DataError(`${file.layer} has no I32 in.labels`)
  return array
}

/** An attribute that is a number; throws `DataError` for any other. */
export function number(file: ReferenceFile, name: string): number {
  const value = file.attrs[name]
  if (typeof value !== 'number')
    throw new DataError(`${file.layer} wants a number ${name}, got ${JSON.stringify(value)}`)
  return value
}

/** Throws `DataError` unless the attribute is so many numbers. */
export function checkNumbers(file: ReferenceFile, name: string, count: number): void {
  const value = file.attrs[name]
  if (!Array.isArray(value) || value.length !== count || !value.every((item) => typeof item === 'number'))
    throw new DataError(`${file.layer} wants ${count} numbers ${name}, got ${JSON.stringify(value)}`)
}

const losses = ['softmaxCrossEntropy', 'svmLoss']

/** The name that a case has for a tensor of the file: losses call their x logits. */
export function caseName({ layer }: ReferenceFile, name: string): string {
  return name === 'x' && losses.includes(layer) ? 'logits' : name
}

/** What the file expects, under the names of a case's results: `out.y` is y, `grad.x` is dx. */
export function expectedResults(file: ReferenceFile): Results {
  return Object.fromEntries(
    Object.entries(file.expected).map(([key, array]) => {
      const [side, ...rest] = key.split('.')
      const name = caseName(file, rest.join('.'))
      return [side === 'grad' ? `d${name}` : name, array]
    }),
  )
}
