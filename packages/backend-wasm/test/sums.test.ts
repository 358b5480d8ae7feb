import { describe, expect, it } from 'vitest'
import { filled, kernelsOf, make } from './support/backend.js'

const dtypes = ['float32', 'float64'] as const

describe.each(dtypes)('what is summed over a whole array of %s', (dtype) => {
  const size = 1_000_003
  // Whole numbers times 2^-50: their squares add up without rounding in bigints.
  const bits = dtype === 'float32' ? 23 : 50
  const x = filled(dtype, size, (i) => Math.trunc(Math.sin(i) * 2 ** bits) * 2 ** ((i % 5) - bits))

  it('has the same bits for every number of threads, and an error that does not grow with the size', async () => {
    const sums: number[] = []
    for (const threads of [1, 2, 3]) {
      await using backend = await make({ threads })
      const [storage, y] = [backend.alloc(size, dtype), backend.alloc(1, dtype)]
      backend.write(storage, x)
      kernelsOf(backend, dtype).vector.sumOfSquares({ size }, storage, y)
      sums.push((await backend.read(y))[0])
    }
    expect(new Set(sums)).toHaveLength(1)
    let exact = 0n
    for (const value of x) exact += BigInt(value * 2 ** 50) ** 2n
    // In float64 256 squares to a lane of a block, four additions of lanes; blocks add no more than one rounding.
    const roundings = dtype === 'float32' ? 1.001 * 2 ** -24 : 262 * 2 ** -53
    const error = sums[0] - Number(exact) / 2 ** 100
    expect(Math.abs(error)).toBeLessThanOrEqual((roundings * Number(exact)) / 2 ** 100)
  })

  it.each(['softmaxCrossEntropy', 'svmLoss'] as const)(
    'has the same bits for every number of threads: %s',
    async (loss) => {
      const [n, classes] = [3001, 10]
      const results: (readonly number[])[] = []
      for (const threads of [1, 2, 3]) {
        await using backend = await make({ threads })
        const [logits, labels] = [backend.alloc(n * classes, dtype), backend.alloc(n, 'int32')]
        const [y, dlogits] = [backend.alloc(1, dtype), backend.alloc(n * classes, dtype)]
        backend.write(logits, x.slice(0, n * classes))
        backend.write(
          labels,
          Int32Array.from({ length: n }, (_, i) => i % classes),
        )
        const kernels = kernelsOf(backend, dtype)[loss]
        kernels.forward({ n, classes }, { scale: 1 / n }, logits, labels, y)
        kernels.backward({ n, classes }, { scale: 1 / n }, logits, labels, dlogits)
        results.push([...(await backend.read(y)), ...(await backend.read(dlogits))])
      }
      expect(results[1]).toEqual(results[0])
      expect(results[2]).toEqual(results[0])
    },
  )
})
