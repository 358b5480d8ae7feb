import {
  affine as affineLayer,
  type Backend,
  type Data,
  type Kernels,
  maxPool2d as maxPool2dLayer,
  Scope,
  UnsupportedError,
  type WantedOutputs,
  withFallback,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createLagging } from './support/lagging.js'
import { createHost, createModel, kernelNames, play, step } from './support/program.js'

const soon = fc.constantFrom('microtask', 'immediate')

async function wait(kind: string): Promise<void> {
  if (kind === 'immediate') await new Promise((resolve) => setImmediate(resolve))
}

describe('withFallback', () => {
  test('any program, over any set of native kernels, reads the same bits as on naive alone, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('float32' as const, 'float64' as const),
        fc.subarray(kernelNames),
        fc.array(step, { maxLength: 40 }),
        soon,
        async (dtype, native, program, kind) => {
          const lagging = createLagging(
            (kernel) => native.includes(kernel),
            () => wait(kind),
          )
          const { host, living } = createHost()
          const told: string[] = []
          const backend = withFallback(lagging.backend, host, { onFallback: (kernel) => told.push(kernel) })
          expect(await play(backend, dtype, program)).toEqual(await play(createModel(), dtype, program))
          await backend.sync?.()
          const scratch = backend.alloc(1, 'float32')
          await backend.read(scratch)
          expect(lagging.living()).toBe(1)
          expect(living()).toBe(0)
          expect(new Set(told).size).toBe(told.length)
          for (const kernel of told) expect(native).not.toContain(kernel)
          for (const kernel of lagging.log) expect(native).toContain(kernel)
        },
      ),
      { numRuns: 300 },
    )
  })
})

function setUp(native: readonly string[], options?: Parameters<typeof withFallback>[2]) {
  const lagging = createLagging(
    (kernel) => native.includes(kernel),
    () => new Promise((resolve) => setTimeout(resolve, 2)),
  )
  const { host, living } = createHost()
  const backend = withFallback(lagging.backend, host, options)
  const k = backend.kernels.float64 as Kernels<unknown>
  const from = (...values: number[]) => {
    const storage = backend.alloc(values.length, 'float64')
    backend.write(storage, Float64Array.from(values))
    return storage
  }
  return { backend, host, living, lagging, k, from }
}

const pair = { size: 2 }

describe('a call that falls back', () => {
  test('takes its place between native calls', async () => {
    const { k, from, backend } = setUp(['vector.scale'])
    const [x, y] = [from(1, 2), from(10, 20)]
    k.vector.scale(pair, { a: 3 }, x)
    k.vector.addScaled(pair, { a: 1 }, x, y)
    k.vector.scale(pair, { a: 0 }, x)
    expect(await backend.read(y)).toEqual(Float64Array.of(13, 26))
    expect(await backend.read(x)).toEqual(Float64Array.of(0, 0))
  })

  test('is told of once a kernel, with the reason', async () => {
    const onFallback = vi.fn()
    const { k, from, backend } = setUp([], { onFallback })
    const x = from(1, 2)
    for (let i = 0; i < 3; i++) k.vector.scale(pair, { a: 2 }, x)
    k.relu.forward(pair, x, x)
    expect(onFallback.mock.calls).toEqual([
      ['vector.scale', 'no kernel'],
      ['relu.forward', 'no kernel'],
    ])
    expect(await backend.read(x)).toEqual(Float64Array.of(8, 16))
  })

  test('is an error when strict, at once and by name', () => {
    const { k, from } = setUp(['vector.scale'], { strict: true })
    const x = from(1)
    expect(() => k.vector.scale({ size: 1 }, { a: 2 }, x)).not.toThrow()
    expect(() => k.relu.forward({ size: 1 }, x, x)).toThrow(UnsupportedError)
    expect(() => k.relu.forward({ size: 1 }, x, x)).toThrow('relu.forward: lagging: no kernel (strict)')
  })

  test('is made when the primary refuses these dims, and only then', async () => {
    const { backend: primary, log } = createLagging(
      () => true,
      async () => {},
    )
    const vector = {
      ...primary.kernels.float64?.vector,
      unsupported: ({ size }: { size: number }) => (size > 1 ? 'too long' : null),
    }
    const picky = { ...primary, kernels: { float64: { ...primary.kernels.float64, vector } } } as typeof primary
    const onFallback = vi.fn()
    const backend = withFallback(picky, createNaive(), { onFallback })
    for (const length of [1, 2]) {
      const x = backend.alloc(length, 'float64')
      backend.kernels.float64?.vector?.fill?.({ size: length }, { value: 5 }, x)
      expect(await backend.read(x)).toEqual(new Float64Array(length).fill(5))
    }
    expect(onFallback.mock.calls).toEqual([['vector.fill', 'too long']])
    expect(log).toEqual(['vector.fill'])
  })

  test('is made for those outputs that the primary refuses, and told which', async () => {
    const { backend: primary, log } = createLagging(
      () => true,
      async () => {},
    )
    const asked: unknown[] = []
    const affine = {
      ...primary.kernels.float64?.affine,
      unsupported(_: object, method: string, wanted: WantedOutputs) {
        asked.push([method, wanted])
        return wanted.dw ? 'no dw' : null
      },
    }
    const picky = { ...primary, kernels: { float64: { ...primary.kernels.float64, affine } } } as typeof primary
    const backend = withFallback(picky, createNaive())
    const scope = new Scope(backend)
    const [x, w, dy] = [2, 3, 5].map((value) => scope.from(Float64Array.of(value), [1, 1]))
    const saved = { d: affineLayer.dims(x.shape, w.shape), x, w }
    const all = affineLayer.backward(scope, dy, saved)
    const some = affineLayer.backward(scope, dy, saved, { dw: false })
    expect([await all.dx.read(), await all.dw.read(), await some.dx.read()]).toEqual(
      [15, 10, 15].map((value) => Float64Array.of(value)),
    )
    expect(asked).toEqual([
      ['backward', { dx: true, dw: true, db: true }],
      ['backward', { dx: true, dw: false, db: true }],
    ])
    expect(log).toEqual(['affine.backward'])
  })

  test('is refused when the host has another convention for it, which is declared for what falls back as a whole', () => {
    const { backend: primary } = createLagging(
      () => true,
      async () => {},
    )
    const { rmsprop, ...others } = primary.kernels.float64 ?? {}
    const conventions = { maxPool2d: { ties: 'last' }, rmsprop: { epsilon: 'insideRoot' } } as const
    const maxPool2d = { ...others.maxPool2d, unsupported: () => 'not today' }
    const other = { ...primary, conventions, kernels: { float64: { ...others, maxPool2d } } } as typeof primary
    const backend = withFallback(other, createNaive())
    expect(backend.conventions).toMatchObject({ maxPool2d: { ties: 'last' }, rmsprop: { epsilon: 'outsideRoot' } })
    const scope = new Scope(backend)
    const x = scope.from(Float64Array.of(1), [1, 1, 1, 1])
    const { y, saved } = maxPool2dLayer.forward(scope, { x }, { kernel: 1 })
    expect(() => maxPool2dLayer.backward(scope, y, saved)).toThrow(
      'maxPool2d.backward: lagging: not today, and naive: ties is first, not last',
    )
    expect(withFallback(primary, createNaive()).conventions).toBeUndefined()
    expect(rmsprop).toBeDefined()
  })

  test('is refused when the host cannot make it either', () => {
    const { backend: primary } = createLagging(
      () => false,
      async () => {},
    )
    const host: Backend<Data> = { ...createNaive(), name: 'host', kernels: {} }
    const backend = withFallback(primary, host)
    const x = backend.alloc(1, 'float32')
    expect(() => backend.kernels.float32?.relu?.forward?.({ size: 1 }, x, x)).toThrow(
      'relu.forward: lagging: no kernel, and host: no kernel',
    )
  })

  test('sees the scalars and data of the moment it was made', async () => {
    const { k, from, backend } = setUp([])
    const x = from(1, 2)
    const data = Float64Array.of(3, 4)
    k.vector.scale(pair, { a: 2 }, x)
    backend.write(x, data)
    data.fill(0)
    expect(await backend.read(x)).toEqual(Float64Array.of(3, 4))
  })

  test('refuses a storage that was freed or never allocated here', () => {
    const { k, from, backend, lagging } = setUp([])
    const x = from(1)
    backend.free(x)
    expect(() => k.vector.scale({ size: 1 }, { a: 2 }, x)).toThrow('vector.scale: an operand was freed')
    const foreign = lagging.backend.alloc(1, 'float64')
    expect(() => k.vector.scale({ size: 1 }, { a: 2 }, foreign)).toThrow('vector.scale: an operand was freed, or')
  })
})

describe('an error', () => {
  test('poisons the queue until it is read; then the backend works again', async () => {
    const { k, from, backend, lagging, living } = setUp(['vector.scale'])
    const [x, y] = [from(1, 2), from(3, 4)]
    k.rmsprop.update(pair, { learningRate: 1, decayRate: 0, epsilon: 0 }, x, x, x)
    k.vector.scale(pair, { a: 100 }, x)
    backend.write(x, Float64Array.of(7, 7))
    backend.free(y)
    await expect(backend.read(x)).rejects.toThrow('fault')
    expect(await backend.read(x)).toEqual(Float64Array.of(1, 2))
    expect(lagging.living()).toBe(1)
    expect(living()).toBe(0)
    k.vector.scale(pair, { a: 2 }, x)
    k.vector.addScaled(pair, { a: 1 }, x, x)
    expect(await backend.read(x)).toEqual(Float64Array.of(4, 8))
  })

  test('is not hidden by a later one', async () => {
    const { k, from, backend, host, lagging } = setUp([])
    const [x, y] = [from(1), from(2)]
    vi.spyOn(host, 'read').mockRejectedValueOnce(new Error('first'))
    vi.spyOn(lagging.backend, 'free').mockImplementationOnce(() => {
      throw new Error('second')
    })
    k.vector.scale({ size: 1 }, { a: 2 }, x)
    backend.free(y)
    await expect(backend.sync?.()).rejects.toThrow('first')
    expect(await backend.read(x)).toEqual(Float64Array.of(1))
  })
})

test('a read comes before what was queued after it', async () => {
  const { k, from, backend } = setUp(['vector.scale'])
  const x = from(1, 2)
  const early = backend.read(x)
  backend.write(x, Float64Array.of(5, 6))
  const middle = backend.read(x)
  k.relu.forward(pair, x, x)
  const late = backend.read(x)
  backend.free(x)
  expect(await Promise.all([early, middle, late])).toEqual([
    Float64Array.of(1, 2),
    Float64Array.of(5, 6),
    Float64Array.of(5, 6),
  ])
})
