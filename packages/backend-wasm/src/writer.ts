import type { FloatDType } from '@convkit/api'
import type { KernelName, Layout, Layouts } from './fields.js'
import type { KernelParams } from './generated/params.js'
import { paramsAddress, paramsRoom } from './layout.js'
import type { AddressField } from './storage.js'

/** Writes the parameters of a call to where its kernel reads them. */
export type Writer = <K extends KernelName>(kernel: K, params: KernelParams[K]) => void

/** A field, and its index among the numbers of its kind. */
interface Slot {
  readonly field: string
  readonly kind: Layout[string][0]
  readonly index: number
}

export function createWriter(memory: WebAssembly.Memory, dtype: FloatDType, layouts: Layouts): Writer {
  const Reals = dtype === 'float32' ? Float32Array : Float64Array
  const lanes = 16 / Reals.BYTES_PER_ELEMENT
  const bytesOf = { i32: 4, address: 4, flag: 1, f64: 8, vector: Reals.BYTES_PER_ELEMENT }
  const slots = Object.fromEntries(
    Object.entries(layouts).map(([kernel, layout]) => [
      kernel,
      Object.entries(layout).map(([field, [kind, offset]]): Slot => ({ field, kind, index: offset / bytesOf[kind] })),
    ]),
  )
  let integers = new Int32Array(0)
  let bytes = new Uint8Array(0)
  let doubles = new Float64Array(0)
  let reals: Float32Array | Float64Array = new Reals(0)

  /** Views stay good where memory is shared; where it is not, memory that has grown is another buffer. */
  function refresh(): void {
    const { buffer } = memory
    if (integers.buffer === buffer && integers.length > 0) return
    integers = new Int32Array(buffer, paramsAddress, paramsRoom / bytesOf.i32)
    bytes = new Uint8Array(buffer, paramsAddress, paramsRoom)
    doubles = new Float64Array(buffer, paramsAddress, paramsRoom / bytesOf.f64)
    reals = new Reals(buffer, paramsAddress, paramsRoom / bytesOf.vector)
  }

  return (kernel, params) => {
    refresh()

    for (const { field, kind, index } of slots[kernel]) {
      // By the layout, which is made together with the type of `params`.
      const value = params[field as keyof typeof params] as number | boolean | AddressField
      const number = typeof value === 'object' ? (value?.address ?? 0) : Number(value)
      if (kind === 'address' || kind === 'i32') integers[index] = number
      else if (kind === 'flag') bytes[index] = number
      else if (kind === 'f64') doubles[index] = number
      else reals.fill(number, index, index + lanes)
    }
  }
}
