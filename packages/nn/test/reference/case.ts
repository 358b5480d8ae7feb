import { DataError, type Shape } from '@convkit/api'
import { readSafetensors } from '../../src/safetensors.js'

export interface Values {
  readonly shape: Shape
  readonly data: Float64Array
}

/** One reference file: what to run, on what, and what must come out. The format: docs/reference-files.md. */
export interface ReferenceCase {
  readonly kind: 'layer' | 'optimizer' | 'model'
  readonly layer: string
  readonly attrs: { readonly [name: string]: unknown }
  /** The unit roundoff of whoever computed the expected values. */
  readonly unitRoundoff: number
  /** `in.*` and `grad.y`, the upstream gradient; integers too, as doubles. */
  readonly inputs: ReadonlyMap<string, Values>
  /** `out.*` and `grad.*`. */
  readonly expected: ReadonlyMap<string, Values>
}

/** What a run computed, under the names of the file. */
export type Outputs = ReadonlyMap<string, Float64Array>

/** Throws `DataError` for a file that is damaged or is not a reference case. */
export function readCase(bytes: Uint8Array): ReferenceCase {
  const { tensors, metadata } = readSafetensors(bytes)
  const { kind, layer, precision } = metadata
  if (kind !== 'layer' && kind !== 'optimizer' && kind !== 'model')
    throw new DataError(`reference case: kind is ${kind}, wanted layer, optimizer or model`)
  if (!layer) throw new DataError('reference case: the metadata names no layer')
  if (precision !== 'float32' && precision !== 'float64')
    throw new DataError(`reference case: precision is ${precision}, wanted float32 or float64`)
  const inputs = new Map<string, Values>()
  const expected = new Map<string, Values>()
  for (const [name, { shape, data }] of tensors) {
    const isInput = name.startsWith('in.') || name === 'grad.y'
    ;(isInput ? inputs : expected).set(name, { shape, data: Float64Array.from(data) })
  }
  const unitRoundoff = precision === 'float32' ? 2 ** -24 : 2 ** -53
  return { kind, layer, attrs: JSON.parse(metadata.attrs ?? '{}'), unitRoundoff, inputs, expected }
}

/** The same case on inputs that passed through `change`. */
export function mapInputs(c: ReferenceCase, change: (value: number, name: string) => number): ReferenceCase {
  const inputs = new Map(
    [...c.inputs].map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => change(value, name)) }]),
  )
  return { ...c, inputs }
}

/** Throws `DataError` where the case lacks the input. */
export function input(c: ReferenceCase, name: string): Values {
  const values = c.inputs.get(name)
  if (!values) throw new DataError(`reference case: ${c.layer} has no ${name}`)
  return values
}

/** An attribute that is a number; throws `DataError` for any other. */
export function number(c: ReferenceCase, name: string): number {
  const value = c.attrs[name]
  if (typeof value !== 'number') throw new DataError(`reference case: ${c.layer} wants a number ${name}`)
  return value
}

/** An attribute that is [height, width]. */
export function pair(c: ReferenceCase, name: string): readonly [number, number] {
  const [height, width] = numbers(c, name)
  if (height === undefined || width === undefined)
    throw new DataError(`reference case: ${c.layer} wants two numbers ${name}`)
  return [height, width]
}

/** The attribute `pad`, [top, left, bottom, right]. */
export function sides(c: ReferenceCase): readonly [number, number, number, number] {
  const [top, left, bottom, right] = numbers(c, 'pad')
  if (top === undefined || left === undefined || bottom === undefined || right === undefined)
    throw new DataError(`reference case: ${c.layer} wants four numbers pad`)
  return [top, left, bottom, right]
}

function numbers(c: ReferenceCase, name: string): readonly number[] {
  const value = c.attrs[name]
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'number'))
    throw new DataError(`reference case: ${c.layer} wants numbers ${name}`)
  return value
}
