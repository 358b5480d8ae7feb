import { type Backend, type Data, type FloatDType, type Kernels, mapKernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'

const size = 4
const slots = 4
const d = { size }
const square = { n: 2, inSize: 2, outSize: 2 }
const adam = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, step: 2 }

type Run = <S>(k: Kernels<S>, a: S, b: S, c: S) => void
const calls: { readonly [kernel: string]: Run } = {
  'vector.fill': (k, a) => k.vector.fill(d, { value: 0.75 }, a),
  'vector.copy': (k, a, b) => k.vector.copy(d, a, b),
  'vector.scale': (k, a) => k.vector.scale(d, { a: 1.5 }, a),
  'vector.addScaled': (k, a, b) => k.vector.addScaled(d, { a: 0.1 }, a, b),
  'vector.multiply': (k, a, b, c) => k.vector.multiply(d, a, b, c),
  'relu.forward': (k, a, b) => k.relu.forward(d, a, b),
  'affine.forward': (k, a, b, c) => k.affine.forward(square, a, b, null, c),
  'affine.backward': (k, a, b, c) => k.affine.backward(square, a, a, a, b, c, null),
  'sgd.update': (k, a, b) => k.sgd.update(d, { learningRate: 0.1 }, a, b),
  'adam.update': (k, a, b, c) => k.adam.update(d, adam, a, b, a, c),
}
export const kernelNames = Object.keys(calls)

export type Step =
  | { readonly do: 'call'; readonly kernel: string; readonly on: readonly [number, number, number] }
  | { readonly do: 'write'; readonly slot: number; readonly values: readonly number[] }
  | { readonly do: 'read' | 'renew'; readonly slot: number }
  | { readonly do: 'fault' | 'rest' }

const slot = fc.nat({ max: slots - 1 })
const value = fc.double({ min: -2, max: 2, noNaN: true })
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      kernel: fc.constantFrom(...kernelNames),
      on: fc.tuple(slot, slot, slot),
    }),
    weight: 8,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      slot,
      values: fc.array(value, { minLength: size, maxLength: size }),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'renew' as const), slot }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constantFrom('fault' as const, 'rest' as const) }), weight: 1 },
)

const arrays = { float32: Float32Array, float64: Float64Array }

/** A host whose rmsprop fails: the faults of a random program. */
export function createHost() {
  const naive = createNaive()
  let living = 0
  const rmsprop = {
    update() {
      throw new Error('fault')
    },
  }
  const host: Backend<Data> = {
    ...naive,
    kernels: { float32: { ...naive.kernels.float32, rmsprop }, float64: { ...naive.kernels.float64, rmsprop } },
    alloc(length, dtype) {
      living++
      return naive.alloc(length, dtype).fill(Number.NaN)
    },
    free(storage) {
      living--
      naive.free(storage)
    },
  }
  return { host, living: () => living }
}

/** Plays a program; each read's outcome is its bits, or the error's message. */
export async function play<S>(backend: Backend<S>, dtype: FloatDType, program: readonly Step[]): Promise<string[]> {
  const kernels = backend.kernels[dtype] as Kernels<S>
  const fresh = () => {
    const storage = backend.alloc(size, dtype)
    backend.write(storage, new arrays[dtype](size))
    return storage
  }
  const pool = Array.from({ length: slots }, fresh)
  const at = (i: number): S => pool[i] as S
  const reads: Promise<string>[] = []
  const read = (i: number) =>
    reads.push(
      backend.read(at(i)).then(
        (data) => data.join(),
        (error) => String(error),
      ),
    )
  for (const action of program) {
    switch (action.do) {
      case 'call':
        calls[action.kernel]?.(kernels, at(action.on[0]), at(action.on[1]), at(action.on[2]))
        break
      case 'write': {
        const data = arrays[dtype].from(action.values)
        backend.write(at(action.slot), data)
        data.fill(99)
        break
      }
      case 'read':
        read(action.slot)
        break
      case 'renew':
        backend.free(at(action.slot))
        pool[action.slot] = fresh()
        break
      case 'fault':
        kernels.rmsprop.update(d, { learningRate: 1, decayRate: 0, epsilon: 0 }, at(0), at(1), at(2))
        break
      case 'rest':
        await Promise.all(reads)
    }
  }
  // Twice: the first may only carry the error of the last fault.
  for (let i = 0; i < 2 * slots; i++) read(i % slots)
  for (const storage of pool) backend.free(storage)
  return Promise.all(reads)
}

/** What a queue must do, on naive alone: after a fault nothing but frees happens until a read has told of it. */
export function createModel(): Backend<Data> {
  const naive = createNaive()
  let fault: Error | null = null
  const table = (dtype: FloatDType) =>
    mapKernels(naive.kernels[dtype], ({ layer, run }) => (call) => {
      if (fault) return
      if (layer === 'rmsprop') fault = new Error('fault')
      else run(call)
    })
  return {
    ...naive,
    kernels: { float32: table('float32'), float64: table('float64') },
    alloc: (length, dtype) => naive.alloc(length, dtype).fill(0),
    write(storage, data) {
      if (!fault) naive.write(storage, data)
    },
    async read(storage) {
      const error = fault
      fault = null
      if (error) throw error
      return naive.read(storage)
    },
  }
}
