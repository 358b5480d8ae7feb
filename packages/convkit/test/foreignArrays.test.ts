import { createContext, runInContext } from 'node:vm'
import { type ArrayOf, type Backend, type DType, DTypeError, dtypeOf, Scope } from '@convkit/api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBackend, layers, Sequential } from '../src/index.js'

const types = { float32: 'Float32Array', float64: 'Float64Array', int32: 'Int32Array' } as const
const context = createContext({})

/** A typed array whose constructor is another realm's. */
function foreign<D extends DType>(dtype: D, values: readonly number[]): ArrayOf[D] {
  const array = runInContext(`values => ${types[dtype]}.from(JSON.parse(values))`, context)(JSON.stringify(values))
  expect(array instanceof globalThis[types[dtype]]).toBe(false)
  return array
}

const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 20 })

describe.each(['naive', 'wasm:threads=2', 'gpu:provider=cpu'])('%s, arrays of another realm', (name) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await createBackend(name)
  })
  afterAll(async () => await backend.close?.())

  it.each(['float32', 'float64', 'int32'] as const)('%s: are written, and read into, as any other', async (dtype) => {
    await fc.assert(
      fc.asyncProperty(numbers, async (values) => {
        using scope = new Scope(backend)
        const tensor = scope.from(foreign(dtype, values), [values.length])
        expect(tensor.dtype).toBe(dtype)
        const got = await tensor.read()
        expect([...got]).toEqual(values)
        expect(got).toBeInstanceOf(globalThis[types[dtype]])
        const into = foreign(
          dtype,
          values.map(() => 7),
        )
        expect(await tensor.read(into as never)).toBe(into)
        expect([...into]).toEqual(values)
        expect([...structuredClone(got)]).toEqual(values)
      }),
      { numRuns: 20, seed: 231 },
    )
  })

  it('train a step as any other', async () => {
    const values = Array.from({ length: 4 * 8 }, (_, i) => (i % 7) - 3)
    const losses: number[] = []
    for (const make of [Float32Array.from.bind(Float32Array), foreign.bind(null, 'float32')] as const) {
      using model = new Sequential(backend, { input: [8], layers: [layers.affine({ units: 3 })], seed: 231 })
      using scope = model.scope.child()
      const x = scope.from(make(values as never) as Float32Array, [4, 8])
      losses.push(...(await model.scores(scope, x).read()))
    }
    expect(losses.slice(12)).toEqual(losses.slice(0, 12))
  })
})

it('what is no such array is refused by its own name', () => {
  const wrong = [[1], new Uint8Array(1), new DataView(new ArrayBuffer(4)), new ArrayBuffer(4), null]
  const posing = Object.defineProperty({}, Symbol.toStringTag, { value: 'Float32Array' })
  for (const data of [...wrong, posing]) expect(() => dtypeOf(data as never)).toThrow(DTypeError)
})
