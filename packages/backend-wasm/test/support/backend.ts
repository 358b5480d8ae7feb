import type { Data, FloatDType, Kernels } from '@convkit/api'
import { createWasm, type Storage, type WasmOptions } from '../../src/index.js'

type Wasm = Awaited<ReturnType<typeof createWasm>>
export type Disposable = Wasm & { sync(): Promise<void>; close(): Promise<void> } & AsyncDisposable

/** A backend that closes itself at the end of its block. */
export async function make(options: WasmOptions): Promise<Disposable> {
  const backend = await createWasm(options)
  const close = async () => await backend.close?.()
  return { ...backend, close, sync: async () => await backend.sync?.(), [Symbol.asyncDispose]: close }
}

export function kernelsOf(backend: Wasm, dtype: FloatDType): Kernels<Storage> {
  return backend.kernels[dtype] as Kernels<Storage>
}

/** The same bits; arrays may be too long for a matcher. */
export function isEqual(got: Data, expected: Data): boolean {
  return Buffer.from(got.buffer, got.byteOffset, got.byteLength).equals(
    Buffer.from(expected.buffer, expected.byteOffset, expected.byteLength),
  )
}

/** f(0), f(1), ... rounded to a dtype. */
export function filled(dtype: FloatDType, length: number, f: (i: number) => number): Float32Array | Float64Array {
  const values = Array.from({ length }, (_, i) => f(i))
  return dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values)
}
