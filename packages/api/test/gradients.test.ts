import { affine, BackendMismatchError, DTypeError, type FloatTensor, FreedError, Scope, ShapeError } from '@convkit/api'
import fc from 'fast-check'
import { expect, expectTypeOf, test } from 'vitest'
import { Recorder } from './recorder.js'

function setUp() {
  const backend = new Recorder()
  const scope = new Scope(backend)
  const x = scope.alloc([4, 3], 'float64')
  const w = scope.alloc([3, 2], 'float64')
  const { saved } = affine.forward(scope, { x, w })
  return { backend, scope, saved, dy: scope.alloc([4, 2], 'float64') }
}

test('each gradient is allocated by default, skipped when false, and written into a tensor that is given', () => {
  const wish = fc.constantFrom('absent', true, false, 'given')
  const shapes = { dx: [4, 3], dw: [3, 2], db: [2] }
  fc.assert(
    fc.property(fc.record({ dx: wish, dw: wish, db: wish }), (wishes) => {
      const { backend, scope, saved, dy } = setUp()
      const want: { [name in keyof typeof shapes]?: boolean | FloatTensor } = {}
      const names = ['dx', 'dw', 'db'] as const
      for (const name of names) {
        const w = wishes[name]
        if (w === 'given') want[name] = scope.alloc(shapes[name], 'float64')
        else if (typeof w === 'boolean') want[name] = w
      }
      const before = scope.live
      const grads = affine.backward(scope, dy, saved, want)
      const handed = backend.last?.args.slice(4)
      const fresh = names.filter((name) => wishes[name] === true || wishes[name] === 'absent')
      expect(scope.live - before).toBe(fresh.length)
      for (const [i, name] of names.entries()) {
        if (wishes[name] === false) expect(grads[name]).toBe(null)
        else expect(grads[name]?.shape).toEqual(shapes[name])
        if (wishes[name] === 'given') expect(grads[name]).toBe(want[name])
        expect(handed?.[i]).toBe(grads[name]?.storage ?? null)
      }
    }),
  )
})

test('the types say which gradients are there', () => {
  const { scope, saved, dy } = setUp()
  const all = affine.backward(scope, dy, saved)
  expectTypeOf(all).toEqualTypeOf<{ readonly dx: FloatTensor; readonly dw: FloatTensor; readonly db: FloatTensor }>()
  const some = affine.backward(scope, dy, saved, { dx: false, dw: true })
  expectTypeOf(some.dx).toEqualTypeOf<null>()
  expectTypeOf(some.dw).toEqualTypeOf<FloatTensor>()
  expectTypeOf(some.db).toEqualTypeOf<FloatTensor>()
  const perhaps: boolean = some.dx === null
  const last = affine.backward(scope, dy, saved, { dx: perhaps, db: dy.reshape([8]).scope.alloc([2], 'float64') })
  expectTypeOf(last.dx).toEqualTypeOf<FloatTensor | null>()
  expectTypeOf(last.db).toEqualTypeOf<FloatTensor>()
  expect(last.dx?.shape).toEqual([4, 3])
})

test('a target of another shape, dtype, backend or lifetime is refused by name', () => {
  const { scope, saved, dy } = setUp()
  const calls = () => affine.backward(scope, dy, saved, { dw: scope.alloc([2, 3], 'float64') })
  expect(calls).toThrow(ShapeError)
  expect(calls).toThrow('affine: dw must have shape [3,2], got [2,3]')
  expect(() => affine.backward(scope, dy, saved, { dw: scope.alloc([3, 2], 'float32') })).toThrow(DTypeError)
  const elsewhere = new Scope(new Recorder())
  expect(() => affine.backward(scope, dy, saved, { dw: elsewhere.alloc([3, 2], 'float64') })).toThrow(
    BackendMismatchError,
  )
  const child = scope.child()
  const dw = child.alloc([3, 2], 'float64')
  child[Symbol.dispose]()
  expect(() => affine.backward(scope, dy, saved, { dw })).toThrow(FreedError)
})
