import { conv2d, layerNorm, relu, Scope, sgd, vector } from '@convkit/api'
import { describe, expect, it } from 'vitest'
import { createGpu } from '../src/index.js'
import { watch } from './support/watched.js'

const names = (model: Uint8Array) => Buffer.from(model).toString('latin1')

describe('a program', () => {
  it('serves every value of its structure: scalars and written data are fed', async () => {
    const backend = await createGpu({ provider: 'cpu' })
    using scope = new Scope(backend)
    const [w, g] = [scope.from(Float32Array.of(1, 2), [2]), scope.from(Float32Array.of(0, 0), [2])]
    for (let step = 1; step <= 10; step++) {
      g.write(Float32Array.of(step, -step))
      sgd.update(w, g, [], { learningRate: 1 / step })
      await w.read()
    }
    expect(Array.from(await w.read())).toEqual([-9, 12])
    expect(backend.counts).toMatchObject({ compiled: 1, runs: 10 })
    await backend.close?.()
  })

  it('is another for other dims, and for another wiring of the same calls', async () => {
    const backend = await createGpu({ provider: 'cpu' })
    using scope = new Scope(backend)
    const of = (...values: number[]) => scope.from(Float32Array.from(values), [values.length])
    const [a, b, c] = [of(1, 2), of(3, 4), of(1, 2, 3)]
    for (const tensor of [a, b, c]) {
      vector.scale(tensor, 2)
      await tensor.read()
    }
    expect(backend.counts.compiled).toBe(2)
    const product = scope.alloc([2], 'float32')
    for (const [x, m] of [
      [a, b],
      [a, a],
      [b, a],
    ] as const) {
      vector.multiply(x, m, product)
      await product.read()
    }
    expect(backend.counts.compiled).toBe(4)
    expect(Array.from(await product.read())).toEqual([12, 32])
    await backend.close?.()
  })

  it('leaves out what nobody can read any more', async () => {
    const { provider, specs } = await watch()
    const backend = await createGpu({ provider })
    using scope = new Scope(backend)
    const x = scope.from(new Float32Array(16).fill(1), [1, 1, 4, 4])
    const w = scope.from(new Float32Array(4).fill(1), [1, 1, 2, 2])
    {
      using step = scope.child()
      const { y, saved } = conv2d.forward(step, { x, w })
      const { dw } = conv2d.backward(step, relu.forward(step, { x: y }).y, saved)
      sgd.update(w, dw, [], { learningRate: 0.125 })
      const [gamma, beta] = [step.from(new Float32Array(9), [1, 3, 3]), step.from(new Float32Array(9), [1, 3, 3])]
      layerNorm.forward(step, { x: y, gamma, beta })
    }
    expect(Array.from(await w.read())).toEqual([-3.5, -3.5, -3.5, -3.5])
    const [{ outputs, model }] = specs
    expect(outputs.map(({ shape }) => shape)).toEqual([[4]])
    // Neither dx, nor db, nor the normalised y can be read.
    expect(names(model)).not.toContain('ConvTranspose')
    expect(names(model)).not.toContain('ReduceSum')
    expect(names(model)).not.toContain('Sqrt')
    await backend.close?.()
  })

  it('is not run at all where nothing of it can be read', async () => {
    const backend = await createGpu({ provider: 'cpu' })
    using scope = new Scope(backend)
    {
      using step = scope.child()
      relu.forward(step, { x: step.from(Float32Array.of(1), [1]) })
    }
    await backend.sync?.()
    expect(backend.counts).toMatchObject({ compiled: 0, runs: 0 })
  })

  it('goes when others have been used since, and comes back when it is needed', async () => {
    const watched = await watch()
    const backend = await createGpu({ provider: watched.provider, programs: 2 })
    using scope = new Scope(backend)
    const sum = async (length: number) => {
      using step = scope.child()
      return (await vector.sumOfSquares(step, step.from(new Float32Array(length).fill(2), [length])).read())[0]
    }
    for (const length of [1, 2, 1, 3]) expect(await sum(length)).toBe(4 * length)
    expect([backend.counts.compiled, watched.open]).toEqual([3, 2])
    // 1 was used later than 2.
    await sum(1)
    expect(backend.counts.compiled).toBe(3)
    expect(await sum(2)).toBe(8)
    expect([backend.counts.compiled, watched.open]).toEqual([4, 2])
    await backend.close?.()
    expect(watched.open).toBe(0)
  })
})
