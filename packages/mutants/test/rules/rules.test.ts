import type { FloatDType } from '@convkit/api'
import type { Case, NdArray } from '@convkit/conformance/internal/core/case'
import { describe, expect, test } from 'vitest'
import { allRules } from '../../src/rules/all.js'
import { cs231n, relError } from '../../src/rules/cs231n.js'
import { computeGamma, hipdnnDynamic, hipdnnFixed } from '../../src/rules/hipdnn.js'
import { jax } from '../../src/rules/jax.js'
import { onnxBackendTest, onnxruntime } from '../../src/rules/onnx.js'
import { derivedBounds } from '../../src/rules/own.js'
import type { Judged, Rule } from '../../src/rules/rule.js'
import { tfjs } from '../../src/rules/tfjs.js'
import { assertClose, gradcheck, kernelBenchFirst, kernelBenchNow } from '../../src/rules/torch.js'
import { ulpsBetween, webnn } from '../../src/rules/webnn.js'

const array = (...data: number[]): NdArray => ({ shape: [data.length], data: Float64Array.from(data) })
const shaped = (shape: number[], value: number): NdArray => ({
  shape,
  data: new Float64Array(shape.reduce((a, b) => a * b)).fill(value),
})

const base: Judged = {
  layer: 'relu',
  dtype: 'float32',
  method: 'forward',
  output: 'y',
  case: { layer: 'relu', attrs: {}, inputs: { x: array(1) } },
  got: array(1),
  expected: array(1),
  bound: array(0),
}

/** One element that was given, and one that was expected. */
function judge(rule: Rule, got: number, expected: number, more: Partial<Judged> = {}): boolean | null {
  return rule.judge({ ...base, got: array(got), expected: array(expected), ...more })
}

const double: Partial<Judged> = { dtype: 'float64' }
const gradient: Partial<Judged> = { method: 'backward', output: 'dx' }

describe.each(allRules)('$name', (rule) => {
  const dtypes: readonly FloatDType[] = ['float32', 'float64']
  const directions = [{}, gradient]

  test('accepts an exact result, and rejects one that is twice as large and far from 0, wherever it judges', () => {
    const verdicts = dtypes.flatMap((dtype) =>
      directions.map((direction) => [
        judge(rule, 1000, 1000, { dtype, ...direction }),
        judge(rule, 2000, 1000, { dtype, ...direction }),
      ]),
    )
    const judged = verdicts.filter(([exact]) => exact !== null)
    expect(judged.every(([exact, twice]) => exact === true && twice === false)).toBe(true)
    expect(judged.length + verdicts.filter(([, twice]) => twice === null).length).toBe(verdicts.length)
  })

  test('says where its code is', () => {
    expect(rule.source).toMatch(/^https:\/\/github\.com\/.+\/blob\/[0-9a-f]{40}\/|^docs\//)
  })
})

/** The largest error that is accepted at an expected value of 4 lies between these. */
const edges: readonly (readonly [Rule, number, Partial<Judged>])[] = [
  [assertClose, 1e-5 + 4 * 1.3e-6, {}],
  [assertClose, 5e-7, double],
  [gradcheck, 1e-5 + 4e-3, { ...double, ...gradient }],
  [onnxBackendTest, 1e-7 + 4e-3, double],
  [onnxruntime, 1e-5 + 4e-4, {}],
  [onnxruntime, 5e-5, double],
  [tfjs, 1e-3, {}],
  [hipdnnFixed, 5e-5, {}],
  [jax, 5e-6, {}],
  [jax, 4e-15 + 1e-15, double],
  [cs231n, 8e-7, double],
  [cs231n, 8e-11, { ...double, ...gradient }],
  [derivedBounds, 0.5, { bound: array(0.5) }],
]

test.each(edges)('$0.name accepts nearly $1 off at 4, and rejects a little more', (rule, edge, more) => {
  const verdict = (error: number) => judge(rule, 4 - error, 4, more)
  expect([verdict(0.8 * edge), verdict(1.3 * edge)]).toEqual([true, false])
})

test('KernelBench takes the relative part of the output that it judges', () => {
  expect(judge(kernelBenchFirst, 1 / 0.989, 1)).toBe(true)
  expect(judge(kernelBenchFirst, 110, 108.9)).toBe(true)
  expect(judge(kernelBenchFirst, 107.8, 108.9)).toBe(false)
  expect(judge(kernelBenchNow, 1.0003, 1)).toBe(false)
  expect(judge(kernelBenchNow, 1.0001, 1)).toBe(true)
})

test('rules pass over what their authors do not test', () => {
  expect(judge(gradcheck, 1, 1, double)).toBe(null)
  expect(judge(gradcheck, 1, 1, gradient)).toBe(null)
  expect(judge(cs231n, 1, 1)).toBe(null)
  expect(judge(cs231n, 1, 1, { ...double, layer: 'avgPool2d' })).toBe(null)
  expect(judge(tfjs, 1, 1, double)).toBe(null)
  for (const rule of [kernelBenchFirst, onnxBackendTest, onnxruntime, webnn])
    expect(judge(rule, 1, 1, gradient)).toBe(null)
  expect(judge(webnn, 1, 1, { layer: 'softmaxCrossEntropy', output: 'loss' })).toBe(null)
  expect(judge(kernelBenchFirst, 1, 1, { layer: 'adam', output: 'w' })).toBe(null)
  expect(judge(onnxBackendTest, 1, 1, { layer: 'svmLoss', output: 'loss' })).toBe(null)
})

/** Given NaN for NaN, infinity for infinity, -infinity for infinity, infinity for NaN, NaN for 1, infinity for 1. */
const kinds: readonly (readonly [number, number])[] = [
  [Number.NaN, Number.NaN],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.POSITIVE_INFINITY, Number.NaN],
  [Number.NaN, 1],
  [Number.POSITIVE_INFINITY, 1],
]
const nonFinite: readonly (readonly [Rule, string, Partial<Judged>])[] = [
  [assertClose, '-+----', {}],
  [kernelBenchFirst, '-+----', {}],
  [gradcheck, '-+----', { ...double, ...gradient }],
  [onnxBackendTest, '++----', {}],
  [onnxruntime, '++----', {}],
  [tfjs, '++++--', {}],
  [hipdnnFixed, '++++--', {}],
  [jax, '++----', {}],
  [cs231n, '------', double],
  [webnn, '++----', {}],
  [derivedBounds, '++----', {}],
]

test.each(nonFinite)('$0.name takes NaN and infinities as its code does', (rule, accepted, more) => {
  const verdicts = kinds.map(([got, expected]) => (judge(rule, got, expected, more) ? '+' : '-'))
  expect(verdicts.join('')).toBe(accepted)
})

test('CS231n divides by both magnitudes, or by 1e-8', () => {
  expect(relError(array(3), [1])).toBe(0.5)
  expect(relError(array(1e-10), [0])).toBeCloseTo(0.01)
  expect(relError(array(1, Number.NaN, 3), [1, 1, 3])).toBeNaN()
})

describe('WebNN', () => {
  test('counts the steps between float32 numbers, and never across 0', () => {
    expect(ulpsBetween(1, 1 + 2 ** -23)).toBe(1)
    expect(ulpsBetween(-1, -1 - 2 ** -22)).toBe(2)
    expect(ulpsBetween(0, -0)).toBe(0)
    expect(ulpsBetween(2 ** -149, -(2 ** -149))).toBeGreaterThan(2 ** 30)
  })

  test('allows a convolution twice its taps, a matrix product one more for its bias', () => {
    const c: Case = { layer: 'conv2d', attrs: {}, inputs: { x: shaped([1, 2, 3, 3], 1), w: shaped([1, 2, 3, 3], 1) } }
    const conv = (ulps: number) => judge(webnn, 1 + ulps * 2 ** -23, 1, { layer: 'conv2d', case: c })
    expect([conv(36), conv(37)]).toEqual([true, false])
    const product = { layer: 'affine', attrs: {}, inputs: { x: shaped([1, 4], 1), w: shaped([4, 1], 1), b: array(1) } }
    const affine = (ulps: number) => judge(webnn, 1 + ulps * 2 ** -23, 1, { layer: 'affine', case: product })
    expect([affine(9), affine(10)]).toEqual([true, false])
  })

  test('allows layer norm 1/1024, and batch norm 6 steps in test mode alone', () => {
    expect(judge(webnn, 1 + 0.9 / 1024, 1, { layer: 'layerNorm' })).toBe(true)
    expect(judge(webnn, 1 + 1.1 / 1024, 1, { layer: 'layerNorm' })).toBe(false)
    const inMode = (mode: string) => ({ layer: 'batchNorm', case: { ...base.case, attrs: { mode } } })
    expect(judge(webnn, 1 + 6 * 2 ** -23, 1, inMode('test'))).toBe(true)
    expect(judge(webnn, 1 + 7 * 2 ** -23, 1, inMode('test'))).toBe(false)
    expect(judge(webnn, 1, 1, inMode('train'))).toBe(null)
  })
})

describe('hipDNN', () => {
  test('makes gamma of twice as many roundings, and statistical where it grows', () => {
    expect(computeGamma(100)).toBeCloseTo((200 * 2 ** -23) / (1 - 200 * 2 ** -23), 12)
    expect(computeGamma(1_000_000)).toBeCloseTo(6 * Math.sqrt(2_000_000) * 2 ** -23, 12)
  })

  test('takes the largest operands for all of them', () => {
    const c: Case = { layer: 'conv2d', attrs: {}, inputs: { x: shaped([1, 1, 3, 3], 2), w: shaped([1, 1, 3, 3], 3) } }
    const t = computeGamma(9) * 9 * 6
    const conv = (error: number) => judge(hipdnnDynamic, error, 0, { layer: 'conv2d', case: c })
    expect([conv(0.99 * t), conv(1.01 * t)]).toEqual([true, false])
    const biased = { ...c, inputs: { ...c.inputs, b: array(1) } }
    expect(judge(hipdnnDynamic, 0, 0, { layer: 'conv2d', case: biased })).toBe(null)
  })

  test('registers gradients of convolutions with a relative part of a hundredth', () => {
    const inputs = { x: shaped([1, 1, 3, 3], 1), w: shaped([1, 1, 3, 3], 1) }
    const c: Case = { layer: 'conv2d', attrs: {}, inputs, dy: shaped([1, 1, 1, 1], 1) }
    const dw = (got: number) => judge(hipdnnDynamic, got, 100, { ...gradient, layer: 'conv2d', output: 'dw', case: c })
    expect([dw(100.99), dw(101.01)]).toEqual([true, false])
  })
})

test('JAX compares a gradient along one direction', () => {
  const along = (...got: number[]) => jax.judge({ ...base, ...gradient, got: array(...got), expected: array(1, 2, 3) })
  expect(along(1, 2, 3)).toBe(true)
  expect(along(1, 2, 3.1)).toBe(false)
  expect(along(1, 2, 3.0001)).toBe(true)
})
