import { type Data, DataError, type FloatTensor, formatShape } from '@convkit/api'
import { cut } from '../cut.js'
import type { Model } from '../model.js'
import type { HostTensor } from '../safetensors/file.js'

/** Values on the host, by tensor name. */
export type HostTensors = ReadonlyMap<string, HostTensor>

/** A model's parameters, then its buffers, by name. */
export function modelTensors(model: Model): ReadonlyMap<string, FloatTensor> {
  return new Map([...model.params, ...model.buffers].map(({ name, tensor }) => [name, tensor]))
}

export async function readTensors(tensors: ReadonlyMap<string, FloatTensor>): Promise<HostTensors> {
  const values = await Promise.all(
    [...tensors].map(async ([name, tensor]) => {
      const { dtype, shape } = tensor
      return [name, { dtype, shape, data: await tensor.read() }] as const
    }),
  )
  return new Map(values)
}

/** Throws `DataError` where names, shapes or number types do not fit, before anything is written. */
export function writeTensors(what: string, tensors: ReadonlyMap<string, FloatTensor>, values: HostTensors): void {
  checkTensors(what, tensors, values)
  fillTensors(what, tensors, values)
}

/** The same, but `values` may hold others too; gives their names. */
export function fillTensors(what: string, tensors: ReadonlyMap<string, FloatTensor>, values: HostTensors): string[] {
  const found = [...tensors].map(([name, tensor]) => ({ tensor, data: hostValues(what, name, tensor, values) }))
  for (const { tensor, data } of found) tensor.backend.write(tensor.storage, data)
  return [...values.keys()].filter((name) => !tensors.has(name))
}

/** Throws `DataError` where names, shapes or number types are not those of `tensors`. */
export function checkTensors(what: string, tensors: ReadonlyMap<string, Wanted>, values: HostTensors): void {
  for (const name of values.keys())
    if (!tensors.has(name)) throw new DataError(`${what}: holds ${cut(name)}, which this model does not have`)
  for (const [name, tensor] of tensors) hostValues(what, name, tensor, values)
}

type Wanted = Pick<HostTensor, 'dtype' | 'shape'>

/** The values of one of them; throws `DataError` where it is missing or of another shape or number type. */
export function hostValues(what: string, name: string, wanted: Wanted, values: HostTensors): Data {
  const value = values.get(name)
  if (!value) throw new DataError(`${what}: ${name} is missing`)
  if (value.dtype !== wanted.dtype || value.shape.join() !== wanted.shape.join()) {
    const [got, own] = [value, wanted].map(({ dtype, shape }) => `${dtype} ${cut(formatShape(shape))}`)
    throw new DataError(`${what}: ${name} is ${got} but this model's is ${own}`)
  }
  return value.data
}

/** The name of the first tensor with a NaN or an infinity, and that value. */
export function firstNonFinite(tensors: HostTensors): { readonly name: string; readonly value: number } | null {
  for (const [name, { data }] of tensors) {
    const value = nonFinite(data)
    if (value !== null) return { name, value }
  }
  return null
}

/** The first NaN or infinity, or null. */
export function nonFinite(data: Data): number | null {
  for (const value of data) if (!Number.isFinite(value)) return value
  return null
}
