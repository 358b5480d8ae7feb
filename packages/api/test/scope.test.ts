import { DataError, DTypeError, FreedError, Scope, ShapeError, sizeOf } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Recorder } from './recorder.js'

const shape = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 })

describe('ownership', () => {
  test('after any sequence of allocations, children and disposals, what is not live was freed, each storage once', () => {
    const step = fc.record({
      action: fc.constantFrom('alloc' as const, 'child' as const, 'dispose' as const),
      scope: fc.nat({ max: 20 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const backend = new Recorder()
        const root = new Scope(backend)
        const model = [{ scope: root, parent: -1, disposed: false, cells: 0 }]
        const dead = (i: number): boolean => {
          const entry = model[i]
          return entry !== undefined && (entry.disposed || dead(entry.parent))
        }
        for (const { action, scope } of steps) {
          const i = scope % model.length
          const entry = model[i]
          if (!entry) continue
          if (action === 'dispose') {
            entry.scope[Symbol.dispose]()
            entry.disposed = true
          } else if (dead(i)) {
            expect(() => (action === 'alloc' ? entry.scope.alloc([2], 'float64') : entry.scope.child())).toThrow(
              FreedError,
            )
          } else if (action === 'alloc') {
            entry.scope.alloc([2], 'float64')
            entry.cells++
          } else model.push({ scope: entry.scope.child(), parent: i, disposed: false, cells: 0 })

          const live = model.reduce((sum, { cells }, j) => sum + (dead(j) ? 0 : cells), 0)
          expect(root.live).toBe(live)
          expect(backend.freed.length).toBe(backend.allocated.length - live)
          expect(new Set(backend.freed).size).toBe(backend.freed.length)
          for (const [j, { scope: s }] of model.entries()) expect(s.disposed).toBe(dead(j))
        }
      }),
    )
  })

  test('`using` frees at the end of the block, and a child that went first is not freed again', () => {
    const backend = new Recorder()
    using root = new Scope(backend)
    {
      using child = root.child()
      child.alloc([3], 'float32')
      expect(root.live).toBe(1)
    }
    expect(root.live).toBe(0)
    root[Symbol.dispose]()
    expect(backend.freed.length).toBe(1)
  })

  test('a tensor of a freed scope says so, whatever is asked of it', () => {
    const root = new Scope(new Recorder())
    const t = root.child().from(Float64Array.of(1, 2), [2])
    root[Symbol.dispose]()
    expect(() => t.storage).toThrow(FreedError)
    expect(() => t.read()).toThrow(FreedError)
    expect(() => t.write(Float64Array.of(3, 4))).toThrow(FreedError)
    expect(() => t.reshape([2, 1])).toThrow(FreedError)
    expect(() => t.storage).toThrow('[2]')
  })

  test('an allocation that fails leaves nothing behind', () => {
    const backend = new Recorder()
    const root = new Scope(backend)
    backend.outOfMemory = new RangeError('no memory left')
    expect(() => root.alloc([2], 'float64')).toThrow(backend.outOfMemory)
    expect(() => root.from(Float32Array.of(1), [1])).toThrow(backend.outOfMemory)
    expect(() => root.labels(Int32Array.of(1), 2)).toThrow(backend.outOfMemory)
    expect(root.live).toBe(0)
    backend.outOfMemory = null
    root.alloc([2], 'float64')
    root[Symbol.dispose]()
    expect(backend.freed).toEqual(backend.allocated)
  })
})

describe('tensors', () => {
  test('hold what was written, in the dtype of the array, under any shape of the right size', async () => {
    const array = fc.oneof(
      fc.float64Array({ minLength: 1, maxLength: 12 }),
      fc.float32Array({ minLength: 1, maxLength: 12 }),
      fc.int32Array({ minLength: 1, maxLength: 12 }),
    )
    await fc.assert(
      fc.asyncProperty(array, async (data) => {
        using scope = new Scope(new Recorder())
        const tensor = scope.from(data, [1, data.length])
        expect(`${tensor.dtype[0]?.toUpperCase()}${tensor.dtype.slice(1)}Array`).toBe(data.constructor.name)
        const kept = data.slice()
        data.fill(0)
        expect(await tensor.read()).toEqual(kept)
        expect(await tensor.reshape([data.length]).read()).toEqual(kept)
      }),
    )
  })

  test('fill the array that the reader brought', async () => {
    using scope = new Scope(new Recorder())
    const into = new Float64Array(2)
    expect(await scope.from(Float64Array.of(1, 2), [2]).read(into)).toBe(into)
    expect(into).toEqual(Float64Array.of(1, 2))
  })

  test('refuse an array of another size or type', () => {
    using scope = new Scope(new Recorder())
    const t = scope.alloc([2, 3], 'float32')
    expect(() => t.write(new Float32Array(5))).toThrow(ShapeError)
    expect(() => t.read(new Float32Array(7))).toThrow(/\[2,3\] has 6 elements, the array has 7/)
    expect(() => t.write(JSON.parse('[1]'))).toThrow(DTypeError)
    const any: { write(data: Float64Array | Float32Array): void } = t
    expect(() => any.write(new Float64Array(6))).toThrow(/tensor is float32, the array is float64/)
    expect(() => scope.from(new Float32Array(5), [2, 3])).toThrow(/\[2,3\] has 6 elements, the array has 5/)
  })

  test('take any shape of whole, positive axes and no other', () => {
    using scope = new Scope(new Recorder())
    fc.assert(
      fc.property(shape, (good) => {
        const tensor = scope.alloc(good, 'float64')
        expect(tensor.size).toBe(sizeOf(good))
        expect(tensor.shape).toEqual(good)
        expect(Object.isFrozen(tensor.shape)).toBe(true)
      }),
    )
    for (const bad of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => scope.alloc([2, bad], 'float64')).toThrow(ShapeError)
      expect(() => scope.alloc([4], 'float64').reshape([2, bad])).toThrow(ShapeError)
    }
  })

  test('a reshape shares its storage and its owner, and keeps the number of elements', () => {
    const backend = new Recorder()
    const scope = new Scope(backend)
    const tensor = scope.alloc([2, 3], 'float64')
    const view = tensor.reshape([6])
    expect(view.storage).toBe(tensor.storage)
    expect(view.scope).toBe(scope)
    expect(scope.live).toBe(1)
    expect(() => tensor.reshape([5])).toThrow(/\[2,3\] has 6 elements, \[5\] has 5/)
    scope[Symbol.dispose]()
    expect(() => view.storage).toThrow(FreedError)
    expect(backend.freed.length).toBe(1)
  })
})

describe('labels', () => {
  test('are those of [0, classes), and the first one outside is named', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 8 }),
        (list, classes) => {
          const backend = new Recorder()
          const scope = new Scope(backend)
          const bad = list.findIndex((label) => label < 0 || label >= classes)
          const make = () => scope.labels(Int32Array.from(list), classes)
          if (bad === -1) expect(make()).toMatchObject({ classes, dtype: 'int32', shape: [list.length] })
          else {
            expect(make).toThrow(DataError)
            expect(make).toThrow(`label ${list[bad]} at index ${bad} is outside [0, ${classes})`)
            expect(backend.allocated.length).toBe(0)
          }
        },
      ),
    )
  })

  test('are checked again when they are written, and known on the host', () => {
    using scope = new Scope(new Recorder())
    const given = Int32Array.of(0, 2)
    const labels = scope.labels(given, 3)
    given[0] = 1
    expect(labels.values).toEqual(Int32Array.of(0, 2))
    expect(() => labels.write(Int32Array.of(0, 3))).toThrow('label 3 at index 1 is outside [0, 3)')
    expect(labels.values).toEqual(Int32Array.of(0, 2))
    labels.write(Int32Array.of(2, 1))
    expect(labels.values).toEqual(Int32Array.of(2, 1))
  })

  test('cannot be an empty list', () => {
    using scope = new Scope(new Recorder())
    expect(() => scope.labels(new Int32Array(0), 3)).toThrow(/^labels: /)
  })
})
