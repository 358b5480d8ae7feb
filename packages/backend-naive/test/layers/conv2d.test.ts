import { conv2d, Scope, sizeOf } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../../src/index.js'
import { draw } from '../draw.js'
import { type Convolution, convolutions, padded } from '../windows.js'

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** The definition on an image that really has zeros around it. */
function byDefinition({ x, w, options }: Convolution, xs: Float64Array, ws: Float64Array, bs: Float64Array): number[] {
  const d = conv2d.dims(x, w, undefined, options)
  const image = padded(xs, x, options.pad, 0)
  const groupC = d.inC / d.groups
  const y: number[] = []
  for (let n = 0; n < d.n; n++)
    for (let f = 0; f < d.outC; f++)
      for (let p = 0; p < d.outH; p++)
        for (let q = 0; q < d.outW; q++) {
          let sum = bs[f]
          for (let c = 0; c < groupC; c++)
            for (let i = 0; i < d.kH; i++)
              for (let j = 0; j < d.kW; j++) {
                const channel = n * d.inC + Math.floor((f * d.groups) / d.outC) * groupC + c
                const row = channel * image.height + p * d.strideH + i * d.dilationH
                const column = q * d.strideW + j * d.dilationW
                sum += image.data[row * image.width + column] * ws[((f * groupC + c) * d.kH + i) * d.kW + j]
              }
          y.push(sum)
        }
  return y
}

describe('conv2d', () => {
  test('is the definition, to the bit, on an image padded with zeros', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async (geometry) => {
        using scope = new Scope(createNaive())
        const random = draw(geometry.seed)
        const xs = random(sizeOf(geometry.x))
        const ws = random(sizeOf(geometry.w))
        const bs = random(geometry.w[0])
        const inputs = {
          x: scope.from(xs, geometry.x),
          w: scope.from(ws, geometry.w),
          b: scope.from(bs, [bs.length]),
        }
        const { y } = conv2d.forward(scope, inputs, geometry.options)
        expect([...(await y.read())]).toEqual(byDefinition(geometry, xs, ws, bs))
      }),
      { numRuns: 300 },
    )
  })

  test('without a bias equals a bias of zeros', async () => {
    using scope = new Scope(createNaive())
    const random = draw(1)
    const x = scope.from(random(2 * 3 * 5 * 4), [2, 3, 5, 4])
    const w = scope.from(random(4 * 3 * 3 * 3), [4, 3, 3, 3])
    const b = scope.from(new Float64Array(4), [4])
    const plain = await conv2d.forward(scope, { x, w }, { pad: 1 }).y.read()
    expect(plain).toEqual(await conv2d.forward(scope, { x, w, b }, { pad: 1 }).y.read())
  })

  test('has adjoint gradients: <dy, conv(x, w)> = <dx, x> = <dw, w>, and db sums dy', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ x, w, options, seed }) => {
        using scope = new Scope(createNaive())
        const random = draw(seed)
        const xs = random(sizeOf(x))
        const ws = random(sizeOf(w))
        const { y, saved } = conv2d.forward(scope, { x: scope.from(xs, x), w: scope.from(ws, w) }, options)
        const dy = random(y.size)
        const { dx, dw, db } = conv2d.backward(scope, scope.from(dy, y.shape), saved)
        const whole = dot(dy, await y.read())
        // Each of the three sums runs over at most y.size * size(w) products below 1.
        const bound = 2 ** -53 * (y.size * sizeOf(w)) ** 2
        expect(Math.abs(dot(await dx.read(), xs) - whole)).toBeLessThanOrEqual(bound)
        expect(Math.abs(dot(await dw.read(), ws) - whole)).toBeLessThanOrEqual(bound)
        const sums = new Float64Array(w[0])
        for (let i = 0; i < dy.length; i++) sums[Math.floor(i / (y.shape[2] * y.shape[3])) % w[0]] += dy[i]
        expect(await db.read()).toEqual(sums)
      }),
      { numRuns: 200 },
    )
  })

  test('commutes with translation: an image moved by one stride moves the output by one', async () => {
    using scope = new Scope(createNaive())
    const random = draw(2)
    const w = scope.from(random(2 * 1 * 3 * 3), [2, 1, 3, 3])
    const image = random(9 * 9)
    const moved = new Float64Array(9 * 9)
    for (let h = 2; h < 9; h++) for (let v = 2; v < 9; v++) moved[h * 9 + v] = image[(h - 2) * 9 + v - 2]
    const before = await conv2d.forward(scope, { x: scope.from(image, [1, 1, 9, 9]), w }, { stride: 2 }).y.read()
    const after = await conv2d.forward(scope, { x: scope.from(moved, [1, 1, 9, 9]), w }, { stride: 2 }).y.read()
    for (let f = 0; f < 2; f++)
      for (let p = 1; p < 4; p++)
        for (let q = 1; q < 4; q++) expect(after[(f * 4 + p) * 4 + q]).toBe(before[(f * 4 + p - 1) * 4 + q - 1])
  })

  test('a NaN reaches exactly the outputs whose window holds it', async () => {
    using scope = new Scope(createNaive())
    const x = new Float64Array(25).fill(1)
    x[12] = Number.NaN
    const w = scope.from(new Float64Array(9), [1, 1, 3, 3])
    const y = await conv2d.forward(scope, { x: scope.from(x, [1, 1, 5, 5]), w }, { pad: 1 }).y.read()
    const inside = (i: number) => Math.abs(Math.floor(i / 5) - 2) <= 1 && Math.abs((i % 5) - 2) <= 1
    expect([...y].map(Number.isNaN)).toEqual([...x.keys()].map(inside))
  })

  test('padding is absent, not multiplied: an infinite weight over it adds nothing', async () => {
    using scope = new Scope(createNaive())
    const x = scope.from(Float64Array.of(2), [1, 1, 1, 1])
    const w = scope.from(Float64Array.of(Infinity, 3, Number.NaN), [1, 1, 1, 3])
    const { y } = conv2d.forward(scope, { x, w }, { pad: [0, 1] })
    expect(await y.read()).toEqual(Float64Array.of(6))
  })
})
