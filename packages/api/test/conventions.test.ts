import {
  affineRelu,
  type Backend,
  conventionFaults,
  conventionsOf,
  conventionTable,
  type DeclaredConventions,
  differencesOf,
  kernelsOf,
  mergeConventions,
  ourConventions,
  relu,
  Scope,
} from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { Recorder } from './recorder.js'

test('the table speaks of kernels that there are', () => {
  for (const [layer, rules] of Object.entries(conventionTable))
    for (const { method, choices } of Object.values(rules)) {
      expect(kernelsOf(layer).map(({ method }) => method)).toContain(method)
      expect(new Set(choices).size).toBe(choices.length)
    }
})

describe('a declaration', () => {
  test('that is absent, empty or of our own rules differs in nothing', () => {
    const declarations: readonly (DeclaredConventions | undefined)[] = [undefined, {}, { relu: {} }, ourConventions]
    for (const conventions of declarations) {
      const backend = conventions ? { conventions } : {}
      expect(conventionsOf(backend)).toEqual(ourConventions)
      expect(differencesOf(backend)).toEqual([])
    }
  })

  test('changes what it names and nothing else', () => {
    const backend = { conventions: { maxPool2d: { ties: 'split' }, relu: { slopeAtZero: 0.5 } } } as const
    expect(conventionsOf(backend)).toEqual({
      ...ourConventions,
      maxPool2d: { ties: 'split', nan: 'first' },
      relu: { slopeAtZero: 0.5 },
    })
    expect(differencesOf(backend)).toMatchObject([
      { layer: 'maxPool2d', rule: 'ties', choice: 'split', choices: ['first', 'last', 'split'] },
      { layer: 'relu', rule: 'slopeAtZero', choice: 0.5 },
    ])
    expect(conventionFaults(backend.conventions)).toEqual([])
  })

  test('of what there is not is a fault that says what there is, and a type error', () => {
    const kernel = 'conventions.maxPool is no kernel with a convention: expected maxPool2d, relu,'
    const rule = 'conventions.maxPool2d.tie is no convention: expected ties or nan'
    const choice = "conventions.rmsprop.epsilon must be 'outsideRoot' or 'insideRoot', got 'inside'"
    const number = 'conventions.relu.slopeAtZero must be 0, 0.5 or 1, got 0.25'
    const unknown: readonly [DeclaredConventions, string][] = [
      // @ts-expect-error no such kernel
      [{ maxPool: { ties: 'last' } }, kernel],
      // @ts-expect-error no such convention
      [{ maxPool2d: { tie: 'last' } }, rule],
      // @ts-expect-error no such choice
      [{ rmsprop: { epsilon: 'inside' } }, choice],
      // @ts-expect-error no such slope
      [{ relu: { slopeAtZero: 0.25 } }, number],
    ]
    for (const [conventions, fault] of unknown) {
      expect(conventionFaults(conventions).join()).toContain(fault)
      expect(conventionsOf({ conventions })).toEqual(ourConventions)
    }
  })

  test('merges with another, kernel by kernel', () => {
    const other = conventionsOf({ conventions: { relu: { slopeAtZero: 1 }, adam: { epsilon: 'beforeCorrection' } } })
    const merged = mergeConventions(other, ourConventions, (layer, method) => layer === 'adam' && method === 'update')
    expect(merged).toEqual({ ...ourConventions, adam: { epsilon: 'beforeCorrection' } })
  })
})

describe('relu hands its backward pass', () => {
  const calls = (conventions: DeclaredConventions, fused = false) => {
    const recorder = new Recorder({ fused })
    const backend: Backend = Object.create(recorder, { conventions: { value: conventions } })
    return { recorder, scope: new Scope(backend) }
  }

  test.each([
    ['y, where its slope at 0 is 0', {}, 'y'],
    ['x, where it is another', { relu: { slopeAtZero: 1 } }, 'x'],
  ] as const)('%s', (_, conventions, given) => {
    const { recorder, scope } = calls(conventions)
    const x = scope.alloc([3], 'float32')
    const { y, saved } = relu.forward(scope, { x })
    const dy = scope.alloc([3], 'float32')
    relu.backward(scope, dy, saved)
    expect(recorder.last?.args[2]).toBe({ x, y }[given].storage)
  })

  test('x, so a fused kernel, which has none, is not called', () => {
    const inputs = (scope: Scope) => ({ x: scope.alloc([2, 3], 'float32'), w: scope.alloc([3, 4], 'float32') })
    for (const [conventions, first] of [
      [{}, 'affineRelu'],
      [{ relu: { slopeAtZero: 0.5 } }, 'affine'],
    ] as const) {
      const { recorder, scope } = calls(conventions, true)
      affineRelu.forward(scope, inputs(scope))
      expect(recorder.calls[0]?.layer).toBe(first)
    }
  })
})
