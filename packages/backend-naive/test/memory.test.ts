import { affine, type Backend, ConvkitError, type Data, relu, Scope, vector } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../src/index.js'
import { createMemory } from '../src/memory.js'
import { draw } from './draw.js'

/** A backend that also tells which arrays it handed out. */
function watched(): { readonly backend: Backend<Data>; readonly given: Data[] } {
  const naive = createNaive()
  const given: Data[] = []
  const alloc: Backend<Data>['alloc'] = (length, dtype) => {
    const storage = naive.alloc(length, dtype)
    given.push(storage)
    return storage
  }
  return { backend: { ...naive, alloc }, given }
}

describe('memory', () => {
  test('a warm step allocates nothing new and leaves as many tensors alive as it found', () => {
    const { backend, given } = watched()
    using model = new Scope(backend)
    const x = model.from(draw(27)(6), [2, 3])
    const w = model.from(draw(28)(12), [3, 4])
    const found = model.live
    function step(): Set<Data> {
      given.length = 0
      using scope = model.child()
      const inner = affine.forward(scope, { x, w })
      const outer = relu.forward(scope, { x: inner.y })
      const { dx } = relu.backward(scope, outer.y, outer.saved)
      affine.backward(scope, dx, inner.saved)
      expect(model.live).toBe(found + given.length)
      return new Set(given)
    }
    const cold = step()
    expect(model.live).toBe(found)
    const warm = step()
    expect(warm.size).toBe(6)
    for (const storage of warm) expect(cold.has(storage)).toBe(true)
  })

  test('two living tensors never share an array, nor do two dtypes of one length', () => {
    const { alloc, free } = createMemory()
    const first = alloc(4, 'float32')
    expect(alloc(4, 'float32')).not.toBe(first)
    free(first)
    expect(alloc(4, 'float64')).toBeInstanceOf(Float64Array)
    expect(alloc(4, 'int32')).toBeInstanceOf(Int32Array)
    expect(alloc(5, 'float32')).toHaveLength(5)
    expect(alloc(4, 'float32')).toBe(first)
    expect(alloc(4, 'float32')).not.toBe(first)
  })

  test('what was freed beyond the bound is let go, and what is taken out makes room again', () => {
    const { alloc, free } = createMemory(48)
    const [kept, dropped] = [alloc(4, 'float64'), alloc(4, 'float64')]
    free(kept)
    free(dropped)
    expect(alloc(4, 'float64')).toBe(kept)
    expect(alloc(4, 'float64')).not.toBe(dropped)
    free(dropped)
    expect(alloc(4, 'float64')).toBe(dropped)
  })

  test('a request that memory cannot meet fails at once and says what was asked', () => {
    expect(() => createNaive().alloc(2 ** 50, 'float64')).toThrow(
      new ConvkitError('naive: no memory for 1125899906842624 elements of float64'),
    )
    expect(() => new Scope(createNaive()).alloc([2 ** 25, 2 ** 25], 'float32')).toThrow(ConvkitError)
  })

  test('writing and reading copy: later changes to either side do not reach the other', async () => {
    using scope = new Scope(createNaive())
    const data = Float32Array.of(1, 2)
    const tensor = scope.from(data, [2])
    data[0] = 9
    const reading = tensor.read()
    vector.fill(tensor, 5)
    expect(await reading).toEqual(Float32Array.of(1, 2))
    const into = new Float32Array(2)
    expect(await tensor.read(into)).toBe(into)
    vector.fill(tensor, 6)
    expect(into).toEqual(Float32Array.of(5, 5))
  })

  test('two backends share nothing', () => {
    const [one, two] = [createNaive(), createNaive()]
    const storage = one.alloc(3, 'float32')
    one.free(storage)
    expect(two.alloc(3, 'float32')).not.toBe(storage)
  })

  test('the description says what it runs on', () => {
    expect(createNaive().description).toBe(
      `plain TypeScript, one thread, Node ${process.versions.node} (V8 ${process.versions.v8})`,
    )
  })
})
