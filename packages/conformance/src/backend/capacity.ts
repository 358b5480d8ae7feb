import type { Backend, Data, DType } from '@convkit/api'
import fc from 'fast-check'
import { declaredDTypes, refuses } from '../capability.js'
import type { Check, CheckContext } from '../core/check.js'
import { createHolding, type Holding } from '../core/holding.js'
import { holds } from '../core/property.js'
import { arrays, equal, pattern } from './numbers.js'
import { anotherOf } from './own.js'

/** Cases that each take as long as all of another check. */
const casesThatTakeLong = 40

export function capacityChecks(dtype: DType): Check[] {
  const promise = (law: string, says: string, run: Run): Check => ({
    id: `backend/${law.replaceAll(' ', '-')}/${dtype}`,
    layer: 'backend',
    law,
    dtype,
    says,
    run: (context) =>
      holds({ ...context, runs: Math.ceil(context.runs / casesThatTakeLong) }, fc.nat(255), (salt) =>
        run(context, dtype, salt),
      ),
  })
  return [
    promise('transfers', 'arrays of any size are read as they were written', transfers),
    promise('growth', 'memory that grows keeps what it held, also under reads and calls that wait', growth),
    promise('crowd', 'thousands of storages live side by side, however many were freed, in whatever order', crowd),
  ]
}

type Run = (context: CheckContext, dtype: DType, salt: number) => Promise<void>

/** Around powers of two and pages of 64 KiB, and past 2^24 bytes. */
const lengths = [1, 3, 255, 256, 257, 1_023, 1_025, 4_095, 4_097, 8_191, 8_193, 16_383, 16_384, 16_385, 32_769]
const long = [65_535, 65_536, 65_537, 2 ** 18 + 1, 2 ** 20 - 1, 2 ** 20 + 1]
const bytes = 2 ** 24

async function transfers({ backend }: CheckContext, dtype: DType, salt: number): Promise<void> {
  const longest = bytes / arrays[dtype].BYTES_PER_ELEMENT + 3
  for (const [i, length] of [...lengths, ...long, longest].entries()) {
    using holding = createHolding(backend)
    const data = pattern(dtype, length, salt)
    const storage = holding.put(data)
    const into = i % 2 ? new arrays[dtype](length) : undefined
    equal(`${length} elements`, await backend.read(storage, into), data)
  }
}

const mebibyte = 2 ** 20

async function growth(context: CheckContext, dtype: DType, salt: number): Promise<void> {
  // A fresh one has as little memory as it begins with.
  const other = await anotherOf(context)
  try {
    await grow(other ?? context.backend, dtype, salt)
  } finally {
    await other?.close?.()
  }
}

async function grow(backend: Backend, dtype: DType, salt: number): Promise<void> {
  using holding = createHolding(backend)
  const held = [1, 17, 1_000, 16_385, 70_001].map((length, i): Held => {
    const data = pattern(dtype, length, salt + i)
    return { data, storage: holding.put(data) }
  })
  for (const size of [1, 4, 16, 32]) {
    using large = createHolding(backend)
    const intos = held.map(({ data: { length } }, i) => (i % 2 ? new arrays[dtype](length) : undefined))
    // Under way while memory grows, into arrays from before it does.
    const reads = held.map(({ storage }, i) => backend.read(storage, intos[i]))
    const copies = copiesOf(backend, holding, dtype, held)
    const length = (size * mebibyte) / arrays[dtype].BYTES_PER_ELEMENT
    const block = large.alloc(length, dtype)
    const end = pattern(dtype, 9, salt)
    const behind = { data: end, storage: large.put(end) }
    for (const [i, { data }] of held.entries())
      equal(`a storage read while memory grew by ${size} MiB`, await reads[i], data)
    // Whole, so that what lies next to it would show.
    backend.write(block, new arrays[dtype](length))
    for (const { data, storage } of [...held, ...copies, behind])
      equal(`a storage after memory grew by ${size} MiB`, await backend.read(storage), data)
    for (const [i, { data, storage }] of held.entries()) {
      data.set(pattern(dtype, data.length, salt + size + i))
      backend.write(storage, data)
      equal(`a storage written after memory grew by ${size} MiB`, await backend.read(storage), data)
    }
  }
}

interface Held {
  readonly data: Data
  readonly storage: unknown
}

/** By a kernel, where there is one. */
function copiesOf(backend: Backend, holding: Holding, dtype: DType, held: readonly Held[]): Held[] {
  const vector = dtype === 'int32' ? undefined : backend.kernels[dtype]?.vector
  return held.flatMap(({ data, storage }) => {
    const d = { size: data.length }
    if (!vector?.copy || dtype === 'int32' || refuses(backend, dtype, 'vector', 'copy', d)) return []
    const copy = holding.alloc(data.length, dtype)
    vector.copy(d, storage, copy)
    return [{ data, storage: copy }]
  })
}

/** Past what two bytes count; storages of every dtype come out of one memory. */
const cyclesOf = { float32: 70_000, float64: 5_000, int32: 5_000 } as const
const manyOf = { float32: 5_000, float64: 1_100, int32: 1_100 } as const

async function crowd({ backend }: CheckContext, dtype: DType, salt: number): Promise<void> {
  using holding = createHolding(backend)
  const dtypes: readonly DType[] = [dtype, ...declaredDTypes(backend), 'int32']
  const make = (own: DType, i: number): Held => {
    const data = pattern(own, 1 + ((i * 7) % 9), salt + i)
    return { data, storage: holding.put(data) }
  }
  const many = manyOf[dtype]
  // Places that become free are those of another dtype afterwards.
  const first = Array.from({ length: many }, (_, i) => make(dtypes[i % dtypes.length], i))
  const [kept, freed] = [first.filter((_, i) => i % 3 > 0), first.filter((_, i) => i % 3 === 0)]
  const middle = freed.length >> 1
  for (const { storage } of [...freed.slice(middle).reverse(), ...freed.slice(0, middle)]) holding.free(storage)
  const later = freed.map((_, i) => make(dtypes[(i + 1) % dtypes.length], many + i))
  await holdAll(backend, 'a storage among thousands', [...kept, ...later])

  const cycles = cyclesOf[dtype]
  for (let i = 0; i < cycles; i++) holding.free(holding.alloc(1 + (i % 5), dtype))
  const last = Array.from({ length: 50 }, (_, i) => make(dtype, 2 * many + i))
  await holdAll(backend, `a storage after ${cycles} others came and went`, [...kept.slice(0, 500), ...last])
}

async function holdAll(backend: Backend, what: string, all: readonly Held[]): Promise<void> {
  const reads = await Promise.all(all.map(({ storage }) => backend.read(storage)))
  for (const [i, { data }] of all.entries()) equal(what, reads[i], data)
}
