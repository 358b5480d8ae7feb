import type { Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { createWasm } from '@convkit/backend-wasm'
import { batchNormSpec, type Case, createReferee, type NdArray, rounded } from '@convkit/conformance'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Service, startService } from './support/service.js'

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }
const units = { float32: 2 ** -24, float64: 2 ** -53, int32: 0 }
/** Around the sizes at which MPI changes its algorithm, and those that no vector divides. */
const lengths = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 40 }), weight: 3 },
  { arbitrary: fc.integer({ min: 1000, max: 5000 }), weight: 1 },
  { arbitrary: fc.constantFrom(16_384, 70_001), weight: 1 },
)
const dtypes = fc.constantFrom('float32', 'float64', 'int32')

/** Different on every rank, large and small, of either sign; the integers so small that their sum is one. */
function drawn(dtype: keyof typeof arrays, length: number, seed: number): Data {
  let state = (seed * 2654435761 + 1) >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  const data = new arrays[dtype](length)
  for (let i = 0; i < length; i++) data[i] = dtype === 'int32' ? next() * 2 ** 28 : next() * 2 ** (40 * next())
  return data
}

/** For a comparison of every bit, and one that is quick. */
function bytesOf({ data }: { readonly data?: Data | undefined } = {}): string {
  return data ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1') : ''
}

for (const size of [1, 2, 3, 4])
  describe(`on ${size} ranks`, () => {
    let ranks: Service
    beforeAll(async () => {
      ranks = await startService(size)
    })
    afterAll(async () => {
      expect(await ranks.stop()).toBe(0)
    })

    const draws = fc.record({ dtype: dtypes, length: lengths, seed: fc.nat({ max: 1e6 }) })
    const inputsOf = ({ dtype, length, seed }: { dtype: keyof typeof arrays; length: number; seed: number }) =>
      Array.from({ length: size }, (_, rank) => ({ data: drawn(dtype, length, seed * size + rank) }))

    it('allreduce is the sum, in any order, on all ranks with the same bits, every time', async () => {
      await fc.assert(
        fc.asyncProperty(draws, async (draw) => {
          const inputs = inputsOf(draw)
          const run = () =>
            ranks.run({ call: 'allreduce', dtype: draw.dtype, operation: 'sum' }, inputs, { data: draw.dtype })
          const results = await run()
          for (const result of [...results, ...(await run())]) expect(bytesOf(result)).toEqual(bytesOf(results[0]))
          const values = inputs.map(({ data }) => data)
          const gamma = (u: number) => ((size - 1) * u) / (1 - (size - 1) * u)
          for (const [i, got] of (results[0]?.data ?? []).entries()) {
            const terms = values.map((own) => own[i] ?? Number.NaN)
            const magnitude = terms.reduce((sum, term) => sum + Math.abs(term), 0)
            // The terms are added here too, in float64.
            const bound = (gamma(units[draw.dtype]) + gamma(units.float64)) * magnitude
            if (!(Math.abs(got - terms.reduce((sum, term) => sum + term, 0)) <= bound))
              expect.fail(`element ${i} is ${got}, the sum of ${terms} within ${bound}`)
          }
        }),
        { numRuns: 15 },
      )
    })

    it('allreduce is the minimum and the maximum', async () => {
      await fc.assert(
        fc.asyncProperty(draws, fc.constantFrom('min', 'max'), async (draw, operation) => {
          const inputs = inputsOf(draw)
          const results = await ranks.run({ call: 'allreduce', dtype: draw.dtype, operation }, inputs, {
            data: draw.dtype,
          })
          const [first] = inputs
          const wanted = first?.data.map((_, i) => Math[operation](...inputs.map(({ data }) => data[i] ?? Number.NaN)))
          for (const result of results) expect(bytesOf(result)).toEqual(bytesOf({ data: wanted }))
        }),
        { numRuns: 10 },
      )
    })

    it('broadcast copies the bits of any rank, those of a NaN too', async () => {
      await fc.assert(
        fc.asyncProperty(draws, fc.nat({ max: size - 1 }), async (draw, root) => {
          const inputs = inputsOf(draw)
          const bits = inputs[root]?.data ?? new Int32Array()
          if (bits.length > 0) new Uint8Array(bits.buffer, 0, 4).set([1, 2, 0xa3, 0x7f])
          const results = await ranks.run({ call: 'broadcast', dtype: draw.dtype, root }, inputs, { data: draw.dtype })
          for (const result of results) expect(bytesOf(result)).toEqual(bytesOf({ data: bits }))
        }),
        { numRuns: 10 },
      )
    })

    it('batch norm on wasm is that of all their rows, within the bound of one process', async () => {
      const oracle = createNaive()
      const wasm = await createWasm({ threads: 1 })
      const cases = batchNormSpec.cases.filter(
        ({ attrs, inputs }) => attrs.mode === 'train' && (inputs.x?.shape[0] ?? 0) >= size,
      )
      await fc.assert(
        fc.asyncProperty(cases, async (drawn) => {
          const c = rounded(drawn, 'float32')
          const referee = await createReferee(batchNormSpec, oracle, c)
          await referee.judge(await inParts(ranks, c), wasm, 'float32')
        }),
        { numRuns: 25 },
      )
    })
  })

/** The rows of a case on the ranks, and what they computed put together again. */
async function inParts(ranks: Service, c: Case) {
  const { size } = ranks
  const n = c.inputs.x?.shape[0] ?? 0
  const part = ({ shape, data }: NdArray, rank: number): NdArray => {
    const [from, to] = [Math.floor((rank * n) / size), Math.floor(((rank + 1) * n) / size)]
    const row = data.length / n
    return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * row, to * row) }
  }
  const { x, ...perChannel } = c.inputs
  if (!x || !c.dy) throw new Error('batchNorm has x and dy')
  const floats = ({ data }: NdArray) => Float32Array.from(data)
  const own = Object.fromEntries(Object.entries(perChannel).map(([name, array]) => [name, floats(array)]))
  const { dy } = c
  const cut = Array.from({ length: size }, (_, rank) => ({ x: part(x, rank), dy: part(dy, rank) }))
  const names = ['y', 'dx', 'dgamma', 'dbeta', 'mean', 'variance', 'runningMean', 'runningVar'] as const
  const results = await ranks.run(
    {
      call: 'batchNorm',
      shapes: cut.map(({ x }) => x.shape),
      eps: Number(c.attrs.eps),
      momentum: Number(c.attrs.momentum),
    },
    cut.map(({ x, dy }) => ({ x: floats(x), dy: floats(dy), ...own })),
    Object.fromEntries(names.map((name) => [name, 'float32' as const])),
  )
  const of = (name: string) => results.map((result) => Float64Array.from(result[name] ?? []))
  const channels = [x.shape[1] ?? 0]
  const joined = (name: string) => ({ shape: x.shape, data: Float64Array.from(of(name).flatMap((data) => [...data])) })
  const added = (name: string) => ({
    shape: channels,
    data: Float64Array.from({ length: channels[0] ?? 0 }, (_, i) =>
      of(name).reduce((sum, data) => sum + (data[i] ?? 0), 0),
    ),
  })
  const same = (name: string) => {
    const [first = new Float64Array()] = of(name)
    for (const data of of(name)) expect(data).toEqual(first)
    return { shape: channels, data: first }
  }
  return {
    y: joined('y'),
    dx: joined('dx'),
    dgamma: added('dgamma'),
    dbeta: added('dbeta'),
    mean: same('mean'),
    variance: same('variance'),
    runningMean: same('runningMean'),
    runningVar: same('runningVar'),
  }
}
