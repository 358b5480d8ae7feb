import { type Data, DataError, type FloatTensor, formatShape } from '@convkit/api'
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
  for (const name of values.keys())
    if (!tensors.has(name)) throw new DataError(`${what}: holds ${name}, which this model does not have`)
  const writes = [...tensors].map(([name, tensor]) => {
    const value = values.get(name)
    if (!value) throw new DataError(`${what}: ${name} is missing`)
    const [got, wanted] = [value, tensor].map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`)
    if (got !== wanted) throw new DataError(`${what}: ${name} is ${got} but this model's is ${wanted}`)
    return { tensor, data: value.data }
  })
  for (const { tensor, data } of writes) tensor.backend.write(tensor.storage, data)
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
