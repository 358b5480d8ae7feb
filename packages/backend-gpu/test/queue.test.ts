import { type FloatTensor, FreedError, relu, Scope, sgd, vector } from '@convkit/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGpu, type Gpu } from '../src/index.js'
import { watch } from './support/watched.js'

let backend: Gpu
let scope: Scope

beforeEach(async () => {
  backend = await createGpu({ provider: 'cpu' })
  scope = new Scope(backend)
})

afterEach(async () => {
  scope[Symbol.dispose]()
  await backend.close?.()
})

const from = (...values: number[]) => scope.from(Float32Array.from(values), [values.length])
const valuesOf = async (tensor: FloatTensor) => Array.from(await tensor.read())

/** A call whose dims do not fit its storages: onnxruntime refuses its graph. */
function fail(x: FloatTensor, y: FloatTensor): void {
  backend.kernels.float32?.relu?.forward?.({ size: x.size + 1 }, x.storage as never, y.storage as never)
}

describe('order', () => {
  it('reads what was written before, whatever is queued behind', async () => {
    const x = from(1)
    const reads: Promise<ArrayLike<number>>[] = []
    for (let i = 0; i < 5; i++) {
      reads.push(x.read())
      vector.scale(x, 2)
      if (i === 2) x.write(Float32Array.of(100))
    }
    expect((await Promise.all(reads)).map((values) => values[0])).toEqual([1, 2, 4, 100, 200])
  })

  it('computes what is freed right after it is read', async () => {
    const inner = scope.child()
    const { y } = relu.forward(inner, { x: from(-1, 2) })
    const read = y.read()
    inner[Symbol.dispose]()
    expect(Array.from(await read)).toEqual([0, 2])
  })

  it('takes the same storage in several places of a call', async () => {
    const [x, dy] = [from(1, 2, 3), from(4, -5, 6)]
    vector.addScaled(x, 2, x)
    expect(await valuesOf(x)).toEqual([3, 6, 9])
    vector.multiply(x, x, x)
    expect(await valuesOf(x)).toEqual([9, 36, 81])
    relu.backward(scope, dy, { d: { size: 3 }, y: from(1, 0, 1) }, { dx: dy })
    expect(await valuesOf(dy)).toEqual([4, 0, 6])
  })

  it('gives a new array at every read', async () => {
    const x = from(1)
    ;(await x.read()).fill(7)
    expect(await valuesOf(x)).toEqual([1])
  })

  it('refuses what was freed, at once', () => {
    const storage = backend.alloc(1, 'float32')
    backend.free(storage)
    expect(() => backend.write(storage, Float32Array.of(1))).toThrow(FreedError)
    expect(() => backend.kernels.float32?.vector?.fill?.({ size: 1 }, { value: 0 }, storage)).toThrow(FreedError)
  })
})

describe('an error', () => {
  it('comes out of the next read and names its layer and call', async () => {
    const [x, y] = [from(1, 2), from(0, 0)]
    fail(x, y)
    await expect(x.read()).rejects.toThrow(/^gpu\(cpu\): relu\.forward: .*Reshape/)
  })

  it('is found among other calls, also in a program that was compiled earlier', async () => {
    const watched = await watch()
    await using gpu = Object.assign(await createGpu({ provider: watched.provider }), {
      [Symbol.asyncDispose]: () => watched.provider.close?.() ?? Promise.resolve(),
    })
    using own = new Scope(gpu)
    const w = own.from(Float32Array.of(1), [1])
    const step = async () => {
      vector.scale(w, 3)
      sgd.update(w, w, [], { learningRate: 0.5 })
      return Array.from(await w.read())
    }
    expect(await step()).toEqual([1.5])
    watched.fails = new Error(
      "Non-zero status code returned while running Mul node. Name:'Mul:v1' Status Message: none",
    )
    await expect(step()).rejects.toThrow('gpu(cpu): sgd.update: Non-zero status code')
    expect(gpu.counts).toMatchObject({ compiled: 1 })
  })

  it('ends at one read; then the backend works on', async () => {
    const [x, y] = [from(-1, 2), from(0, 0)]
    fail(x, y)
    await expect(backend.sync?.()).rejects.toThrow('relu.forward')
    expect(await valuesOf(x)).toEqual([-1, 2])
    expect(await valuesOf(relu.forward(scope, { x }).y)).toEqual([0, 2])
  })

  it('drops what is queued behind it, and says so of what was lost', async () => {
    const [x, y, z] = [from(-1, 2), from(0, 0), from(3, 4)]
    fail(x, y)
    vector.scale(z, 2)
    const first = y.read()
    const second = z.read()
    await expect(first).rejects.toThrow('relu.forward')
    await expect(second).rejects.toThrow('lost when an earlier call failed')
    z.write(Float32Array.of(5, 6))
    expect(await valuesOf(z)).toEqual([5, 6])
  })

  it('shows where the call was made in debug mode, where every call runs alone', async () => {
    await backend.close?.()
    backend = await createGpu({ provider: 'cpu', debug: true })
    scope = new Scope(backend)
    const [x, y] = [from(1), from(2)]
    vector.scale(x, 2)
    vector.scale(x, 2)
    expect(await valuesOf(x)).toEqual([4])
    expect(backend.counts).toMatchObject({ compiled: 1, runs: 2 })
    fail(x, y)
    const error = await x.read().catch((error: unknown) => error)
    expect(error).toMatchObject({ message: expect.stringContaining('relu.forward') })
    expect(error).toMatchObject({ cause: { stack: expect.stringContaining('queue.test.ts') } })
  })
})

it('says no to more elements than a tensor may have', () => {
  expect(() => backend.alloc(2 ** 46, 'float32')).toThrow('gpu: no memory for 70368744177664 elements of float32')
})
