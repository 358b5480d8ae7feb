import { type Data, DataError, type FloatTensor, formatShape } from '@convkit/api'
import { cut } from '../cut.js'
import type { Model } from '../model.js'
import type { HostTensor } from '../safetensors.js'

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
  for (const [name, tensor] of tensors) {
    const value = values.get(name)
    if (value) tensor.backend.write(tensor.storage, value.data)
  }
}

/** Throws `DataError` where names, shapes or number types are not those of `tensors`. */
export function checkTensors(
  what: string,
  tensors: ReadonlyMap<string, Pick<HostTensor, 'dtype' | 'shape'>>,
  values: HostTensors,
): void {
  for (const name of values.keys())
    if (!tensors.has(name)) throw new DataError(`${what}: holds ${cut(name)}, which this model does not have`)
  for (const [name, tensor] of tensors) {
    const value = values.get(name)
    if (!value) throw new DataError(`${what}: ${name} is missing`)
    const [got, wanted] = [value, tensor].map(({ dtype, shape }) => `${dtype} ${cut(formatShape(shape))}`)
    if (value.dtype !== tensor.dtype || value.shape.join() !== tensor.shape.join())
      throw new DataError(`${what}: ${name} is ${got} but this model's is ${wanted}`)
  }
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
