import {
  adam,
  affineRelu,
  type Backend,
  BackendMismatchError,
  batchNorm,
  conv2d,
  DTypeError,
  FreedError,
  relu,
  Scope,
  ShapeError,
  softmaxCrossEntropy,
  UnsupportedError,
  vector,
} from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { Recorder, type RecorderOptions } from './recorder.js'

function setUp(options?: RecorderOptions) {
  const backend = new Recorder(options)
  const scope = new Scope(backend)
  return {
    backend,
    scope,
    x: scope.alloc([2, 3, 5, 5], 'float32'),
    w: scope.alloc([4, 3, 3, 3], 'float32'),
    dy: scope.alloc([2, 4, 3, 3], 'float32'),
  }
}

describe('operands', () => {
  test('of two backends are refused, naming both', () => {
    const { scope, x } = setUp({ name: 'here' })
    const { w } = setUp({ name: 'there' })
    const call = () => conv2d.forward(scope, { x, w })
    expect(call).toThrow(BackendMismatchError)
    expect(call).toThrow('conv2d: w lives on there but the scope is on here')
  })

  test('of two dtypes are refused, naming both', () => {
    const { scope, x } = setUp()
    const w = scope.alloc([4, 3, 3, 3], 'float64')
    const call = () => conv2d.forward(scope, { x, w })
    expect(call).toThrow(DTypeError)
    expect(call).toThrow('conv2d: x is float32 but w is float64')
  })

  test('of a freed scope are refused by name', () => {
    const { scope, x } = setUp()
    const child = scope.child()
    const w = child.alloc([4, 3, 3, 3], 'float32')
    child[Symbol.dispose]()
    expect(() => conv2d.forward(scope, { x, w })).toThrow(FreedError)
    expect(() => conv2d.forward(scope, { x, w })).toThrow('conv2d: w [4,3,3,3] was used after its scope was freed')
    const logits = scope.alloc([2, 3], 'float32')
    const step = scope.child()
    const labels = step.labels(Int32Array.of(0, 1), 3)
    step[Symbol.dispose]()
    expect(() => softmaxCrossEntropy.forward(scope, { logits, labels })).toThrow(FreedError)
  })

  test('may live in any living scope of the same backend', () => {
    const { backend, scope, x } = setUp()
    const other = new Scope(backend)
    const { y } = conv2d.forward(scope.child(), { x, w: other.alloc([4, 3, 3, 3], 'float32') })
    expect(y.shape).toEqual([2, 4, 3, 3])
  })

  test('a refused call reaches no kernel and allocates nothing', () => {
    const { backend, scope, x, w } = setUp()
    const live = scope.live
    expect(() => conv2d.forward(scope, { x, w }, { groups: 3 })).toThrow(ShapeError)
    expect(() => conv2d.forward(scope, { x, w, b: scope.child().alloc([5], 'float32') })).toThrow(ShapeError)
    expect(backend.calls).toEqual([])
    expect(scope.live).toBe(live + 1)
  })

  test('dy, gradients and optimizer state of another shape are refused, showing both shapes', () => {
    const { scope, x, w } = setUp()
    const { saved } = conv2d.forward(scope, { x, w })
    expect(() => conv2d.backward(scope, x, saved)).toThrow('conv2d: dy must have shape [2,4,3,3], got [2,3,5,5]')
    expect(() => adam.update(w, x, [w, w], adam.defaults)).toThrow('adam: g must have shape [4,3,3,3], got [2,3,5,5]')
    expect(() => adam.update(w, w, [w], adam.defaults)).toThrow('adam: wants 2 state tensors (m, v), got 1')
    expect(() => vector.copy(x, w)).toThrow('vector: x must have shape [4,3,3,3], got [2,3,5,5]')
  })
})

describe('kernels', () => {
  const advice = 'wrap it in withFallback(backend, host)'

  test('a layer without a table is unsupported, and the message says what to do', () => {
    const { scope, x, w } = setUp({ name: 'young', missing: ['conv2d'] })
    const call = () => conv2d.forward(scope, { x, w })
    expect(call).toThrow(UnsupportedError)
    expect(call).toThrow(`conv2d.forward: backend young has no float32 kernel; ${advice}`)
  })

  test('a dtype without tables is unsupported', () => {
    const { scope } = setUp({ dtypes: ['float32'] })
    const x = scope.alloc([3], 'float64')
    expect(() => relu.forward(scope, { x })).toThrow('relu.forward: backend recorder has no float64 kernel')
  })

  test.each(['forward', 'backward'] as const)('a table without %s lacks just that', (missing) => {
    const { scope, x, w, dy } = setUp({ missing: [`conv2d.${missing}`] })
    const forward = () => conv2d.forward(scope, { x, w })
    const saved = { d: conv2d.dims(x.shape, w.shape, undefined), x, w }
    const backward = () => conv2d.backward(scope, dy, saved)
    const [fails, works] = missing === 'forward' ? [forward, backward] : [backward, forward]
    expect(works).not.toThrow()
    expect(fails).toThrow(UnsupportedError)
    expect(fails).toThrow(`conv2d.${missing}: backend recorder has no float32 kernel; ${advice}`)
  })

  test('a table may hold some methods alone, by type as well', () => {
    const kernels: Backend<Float32Array>['kernels'] = {
      float32: { conv2d: { forward() {} }, batchNorm: { normalize() {} } },
      // @ts-expect-error no such method
      float64: { conv2d: { forwards() {} } },
    }
    expect(Object.keys(kernels)).toHaveLength(2)
  })

  test('batchNorm needs only the parts that its mode uses', () => {
    const { scope, backend } = setUp({ missing: ['batchNorm.statistics', 'batchNorm.input'] })
    const channel = () => scope.alloc([3], 'float32')
    const x = scope.alloc([4, 3], 'float32')
    const inputs = { x, gamma: channel(), beta: channel(), runningMean: channel(), runningVar: channel() }
    expect(() => batchNorm.forward(scope, inputs, { mode: 'train' })).toThrow('batchNorm.statistics: ')
    const { saved } = batchNorm.forward(scope, inputs, { mode: 'test' })
    batchNorm.backward(scope, x, saved)
    expect(backend.calls.map(({ method }) => method)).toEqual(['normalize', 'reduce', 'inputFixed'])
    expect(() => batchNorm.backward(scope, x, { ...saved, mode: 'train' })).toThrow('batchNorm.input: ')
  })

  test.each([
    ['vector.fill', (scope: Scope) => vector.fill(scope.alloc([2], 'float64'), 1)],
    [
      'vector.multiply',
      (scope: Scope) => {
        const t = scope.alloc([2], 'float64')
        vector.multiply(t, t, t)
      },
    ],
    [
      'adam.update',
      (scope: Scope) => {
        const t = scope.alloc([2], 'float64')
        adam.update(t, t, [t, t], adam.defaults)
      },
    ],
    [
      'softmaxCrossEntropy.backward',
      (scope: Scope) => {
        const logits = scope.alloc([2, 3], 'float64')
        const labels = scope.labels(Int32Array.of(0, 2), 3)
        softmaxCrossEntropy.backward(scope, softmaxCrossEntropy.forward(scope, { logits, labels }).saved)
      },
    ],
  ] as const)('%s is named when it is missing', (kernel, run) => {
    const { scope } = setUp({ missing: [kernel] })
    expect(() => run(scope)).toThrow(UnsupportedError)
    expect(() => run(scope)).toThrow(`${kernel}: backend recorder has no float64 kernel; ${advice}`)
  })

  test('a refusal shows the backend its reason', () => {
    const { scope, x, w, backend } = setUp({ refusing: { conv2d: 'stride above 4' } })
    const call = () => conv2d.forward(scope, { x, w })
    expect(call).toThrow(UnsupportedError)
    expect(call).toThrow(`conv2d: backend recorder refuses this call: stride above 4; ${advice}`)
    expect(backend.calls).toEqual([])
  })

  test.each([
    ['everything', undefined, { dx: true, dw: true, db: true }],
    ['dx alone', { dw: false, db: false }, { dx: true, dw: false, db: false }],
    ['nothing', { dx: false, dw: false, db: false }, { dx: false, dw: false, db: false }],
  ] as const)('a refusal may depend on the method and on what is wanted: %s', (_, want, wanted) => {
    const asked: unknown[] = []
    const { scope, x, w, dy } = setUp({
      refusals: {
        conv2d: (...args) => {
          asked.push(args)
          return args[1] === 'backward' && args[2].dw ? 'no dw' : null
        },
      },
    })
    const { saved } = conv2d.forward(scope, { x, w })
    const call = () => conv2d.backward(scope, dy, saved, want)
    if (wanted.dw) expect(call).toThrow(`conv2d: backend recorder refuses this call: no dw; ${advice}`)
    else expect(call).not.toThrow()
    expect(asked).toEqual([
      [saved.d, 'forward', { y: true }],
      [saved.d, 'backward', wanted],
    ])
  })

  test('batchNorm asks for the kernels that it calls, and needs no others', () => {
    const asked: unknown[] = []
    const refusals = {
      batchNorm: (_: unknown, method: string, wanted: object) => {
        asked.push([method, wanted])
        return null
      },
    }
    const { scope } = setUp({ refusals, missing: ['batchNorm.input', 'batchNorm.statistics', 'batchNorm.running'] })
    const channel = () => scope.alloc([3], 'float32')
    const x = scope.alloc([4, 3], 'float32')
    const saved = { d: batchNorm.dims(x.shape), mode: 'train', eps: 1, x, gamma: channel(), mean: channel() } as const
    batchNorm.backward(scope, x, { ...saved, variance: channel() }, { dx: false, dbeta: false })
    expect(asked).toEqual([['reduce', { dgamma: true, dbeta: true }]])
  })

  test('an error says whether a kernel is missing, or refuses', () => {
    const errorOf = (options: RecorderOptions) => {
      const { scope, x, w } = setUp(options)
      try {
        return conv2d.forward(scope, { x, w })
      } catch (error) {
        return error
      }
    }
    expect(errorOf({ missing: ['conv2d'] })).toMatchObject({ missing: true })
    expect(errorOf({ refusing: { conv2d: 'not today' } })).toMatchObject({ missing: false })
  })

  test('a fused kernel that is absent, partial or refuses is composed from its layers', () => {
    const composed = ['affine.forward', 'relu.forward']
    for (const [options, expected] of [
      [{ fused: true }, ['affineRelu.forward']],
      [{}, composed],
      [{ fused: true, missing: ['affineRelu.forward'] }, composed],
      [{ fused: true, refusing: { affineRelu: 'not today' } }, composed],
    ] as const) {
      const { scope, backend } = setUp(options)
      const x = scope.alloc([2, 3], 'float32')
      const w = scope.alloc([3, 4], 'float32')
      const { y } = affineRelu.forward(scope, { x, w })
      expect(backend.calls.map(({ layer, method }) => `${layer}.${method}`)).toEqual(expected)
      expect(backend.last?.args.at(-1)).toBe(y.storage)
    }
  })
})
