import type { FloatDType } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gemm } from '../src/gemm.js'
import { createMemory } from '../src/memory.js'
import { compileModules, simdOf } from '../src/modules.js'
import { createRuntime } from '../src/runtime.js'
import { startThreads } from '../src/threads.js'
import { isEqual, kernelsOf, make } from './support/backend.js'

/** Small whole numbers, whose products and sums are exact in float32 too: the order of a sum does not show. */
function whole(length: number, seed: number): number[] {
  let state = seed
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 29) - 4
  })
}

interface Shape {
  readonly m: number
  readonly n: number
  readonly k: number
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly bias: boolean
  readonly relu: boolean
  readonly seed: number
}

/** C[i][j] = bias[j] + sum_k op(A)[i][k] op(B)[k][j], then ReLU. */
function loops({ m, n, k, transposeA, transposeB, relu }: Shape, a: number[], b: number[], bias: number[] | null) {
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    let sum = bias ? bias[j] : 0
    for (let s = 0; s < k; s++) sum += a[transposeA ? s * m + i : i * k + s] * b[transposeB ? j * k + s : s * n + j]
    return relu ? Math.max(sum, 0) + 0 : sum + 0
  })
}

async function multiplier(dtype: FloatDType): Promise<(shape: Shape) => { got: number[]; expected: number[] }> {
  const memory = createMemory({ shared: false, limitBytes: undefined, debug: true })
  const modules = await compileModules(simdOf(undefined), 'plain')
  const runtime = createRuntime(memory, await startThreads(memory.wasm, modules, 1), modules, dtype)

  return (shape) => {
    const { m, n, k, seed } = shape
    const put = (numbers: number[]) => {
      const storage = memory.alloc(numbers.length, dtype)
      memory.view(storage).set(numbers)
      return storage
    }
    const [a, b, bias] = [whole(m * k, seed), whole(k * n, seed + 1), shape.bias ? whole(n, seed + 2) : null]
    const c = put(new Array(m * n).fill(Number.NaN))
    const storages = { a: put(a), b: put(b), c, bias: bias && put(bias) }
    gemm(runtime, { ...shape, ...storages })
    memory.releaseScratch()
    memory.checkGuards()
    const got = Array.from(memory.view(c))
    for (const storage of Object.values(storages)) if (storage) memory.free(storage)
    return { got, expected: loops(shape, a, b, bias) }
  }
}

const shapes = fc.record({
  // Around a tile, four panels of columns, and what is too thin to be packed.
  m: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(15, 16, 17, 31, 33, 63, 66)),
  n: fc.oneof(fc.integer({ min: 1, max: 18 }), fc.constantFrom(31, 32, 33, 63, 65, 100)),
  // Around the unrolled steps of the loops, and the blocks of K.
  k: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(31, 255, 256, 257, 511, 513, 770)),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  bias: fc.boolean(),
  relu: fc.boolean(),
  seed: fc.integer(),
})

describe.each(['float32', 'float64'] as const)('the product of matrices in %s', (dtype) => {
  it('is the plain loops, whatever is transposed, for all tails of tiles and blocks', async () => {
    const multiply = await multiplier(dtype)
    fc.assert(
      fc.property(shapes, (shape) => {
        const { got, expected } = multiply(shape)
        expect(got).toEqual(expected)
      }),
      { numRuns: 400 },
    )
  })

  it('is the plain loops where rows are done in parts, too', async () => {
    const multiply = await multiplier(dtype)
    for (const transposed of [false, true]) {
      const forms = { transposeA: transposed, transposeB: !transposed, bias: true, relu: false, seed: 7 }
      const { got, expected } = multiply({ m: 1099, n: 37, k: 259, ...forms })
      expect(got).toEqual(expected)
    }
  })

  it('has the same bits for every number of threads', async () => {
    // Packed with several blocks of K, with few columns and with few rows; a vector, columns, and outer products.
    for (const [n, inSize, outSize] of [
      [50, 1031, 500],
      [301, 257, 10],
      [5, 2047, 129],
      [1, 1500, 999],
      [3, 700, 1001],
      [700, 900, 1],
    ]) {
      const d = { n, inSize, outSize }
      const length = Math.max(n * inSize, inSize * outSize, n * outSize)
      const numbers = new Float64Array(length).map((_, i) => Math.sin(i * 12.9898))
      const results = []
      for (const threads of [1, 2, 3]) {
        await using backend = await make({ threads })
        const { affine, affineRelu } = kernelsOf(backend, dtype)
        const fill = (size: number) => {
          const storage = backend.alloc(size, dtype)
          backend.write(
            storage,
            dtype === 'float32' ? new Float32Array(numbers.subarray(0, size)) : numbers.slice(0, size),
          )
          return storage
        }
        const [x, w, b, dy] = [n * inSize, inSize * outSize, outSize, n * outSize].map(fill)
        const outputs = [n * outSize, n * outSize, n * inSize, inSize * outSize, outSize].map(fill)
        const [y, rectified, dx, dw, db] = outputs
        affine.forward(d, x, w, b, y)
        affineRelu?.forward(d, x, w, b, rectified)
        affine.backward(d, dy, x, w, dx, dw, db)
        results.push(await Promise.all(outputs.map((output) => backend.read(output))))
      }
      for (const other of results.slice(1))
        for (const [i, output] of other.entries()) expect(isEqual(output, results[0][i])).toBe(true)
    }
  })
})
