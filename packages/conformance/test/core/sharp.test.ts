import type { Shape } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unitOf } from '../../src/core/arithmetic.js'
import type { Case } from '../../src/core/case.js'
import { exactBelow, gridOf } from '../../src/core/grid.js'
import { toSharpen } from '../../src/core/sharp.js'
import type { LayerSpec } from '../../src/core/spec.js'
import { absoluteCase, runCase } from '../../src/core/subject.js'
import type { Unit } from '../../src/core/unit.js'
import { affineSpec } from '../../src/layers/affine.js'
import { conv2dSpec } from '../../src/layers/conv2d.js'

const naive = createNaive()
const single = unitOf(naive, 'float32')

const units: { readonly [name: string]: Unit } = {
  float32: single,
  float64: unitOf(naive, 'float64'),
  TF32: { ...single, u: 2 ** -11 },
  'Winograd convolutions': { ...single, convolution: 'winograd' },
}

function convolution(n: number, channels: number, filters: number, image: number, kernel: number): Case {
  const pad = (kernel - 1) / 2
  const [x, w, b, dy]: Shape[] = [
    [n, channels, image, image],
    [filters, channels, kernel, kernel],
    [filters],
    [n, filters, image, image],
  ]
  return {
    layer: 'conv2d',
    attrs: { stride: [1, 1], pad: [pad, pad, pad, pad], dilation: [1, 1], groups: 1 },
    inputs: { x: toSharpen(x, n), w: toSharpen(w, n), b: toSharpen(b, n) },
    dy: toSharpen(dy, n),
  }
}

function product(n: number, inSize: number, outSize: number): Case {
  return {
    layer: 'affine',
    attrs: {},
    inputs: { x: toSharpen([n, inSize], n), w: toSharpen([inSize, outSize], n), b: toSharpen([outSize], n) },
    dy: toSharpen([n, outSize], n),
  }
}

const cases: readonly (readonly [string, LayerSpec, Case])[] = [
  ['dw over 102,400 pixels', conv2dSpec, convolution(100, 1, 2, 32, 3)],
  ['y and dx over 576 taps', conv2dSpec, convolution(1, 64, 64, 8, 3)],
  ['y over 8,192 features', affineSpec, product(2, 8192, 10)],
  ['dw over 4,096 rows', affineSpec, product(4096, 8, 8)],
]

test.each(cases.flatMap(([sums, spec, c]) => Object.entries(units).map(([of, unit]) => ({ sums, of, spec, c, unit }))))(
  '$sums are proved to be exact in $of',
  async ({ spec, c, unit }) => {
    const sharp = spec.sharpen?.(c, unit) ?? c
    const [exact, magnitudes] = [
      await runCase(spec, naive, 'float64', sharp),
      await runCase(spec, naive, 'float64', absoluteCase(sharp)),
    ]
    // In 11 bits few wide numbers fit a sum: where more come together, the bound is the worst case's.
    const most = unit === units.TF32 ? 0.01 : 0
    for (const [name, { data }] of Object.entries(await spec.bounds(sharp, exact, async () => magnitudes, unit)))
      expect([name, Array.from(data).filter((bound) => bound > 0).length <= most * data.length]).toEqual([name, true])
  },
)

test('every operand has elements that the next coarser format cannot hold', () => {
  const c = convolution(20, 4, 6, 16, 3)
  for (const [unit, narrow] of [
    [units.float32, 11],
    [units.float64, 24],
  ] as const) {
    const { inputs, dy } = conv2dSpec.sharpen?.(c, unit) ?? c
    for (const array of [inputs.x, inputs.w, dy]) {
      const data = Array.from(array?.data ?? [])
      const cut = data.filter((value) => {
        const scaled = value * (2 ** (53 - narrow) + 1)
        return scaled - (scaled - value) !== value
      })
      expect(cut.length).toBeGreaterThan(0)
      expect(data.filter((value) => value === 0)).toEqual([])
    }
  }
})

test('the grid of numbers is the largest power of two that divides them all', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.integer({ min: -400, max: 400 })), {
        minLength: 1,
      }),
      (pairs) => {
        const data = Float64Array.from(pairs, ([value, exponent]) => value * 2 ** exponent)
        const grid = gridOf({ data })
        const divides = (k: number) => data.every((value) => Number.isInteger(value / 2 ** k))
        fc.pre(data.some((value) => value !== 0))
        expect([divides(grid), divides(grid + 1)]).toEqual([true, false])
      },
    ),
    { seed: 231 },
  )
})

test('whole numbers have the same float32 sum in any order, up to the limit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), { maxLength: 40 }),
      fc.integer(),
      (drawn, seed) => {
        const scale = 2 ** -13
        const terms = drawn.map((value) => value * scale)
        const magnitude = terms.reduce((sum, value) => sum + Math.abs(value), 0)
        fc.pre(magnitude < exactBelow(gridOf({ data: Float64Array.from(terms) }), single))
        const order = new Random(seed).permutation(terms.length)
        const sum = Array.from(order, (at) => terms[at]).reduce((sum, value) => Math.fround(sum + value), 0)
        expect(sum).toBe(terms.reduce((a, b) => a + b, 0))
      },
    ),
    { seed: 231 },
  )
})
