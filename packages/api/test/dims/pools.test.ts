import { avgPool2d, maxPool2d, type Pad } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectRejection } from '../rejection.js'
import { placements } from './placements.js'

const int = (min: number, max: number) => fc.integer({ min, max })
const window = fc.record({
  n: int(1, 3),
  channels: int(1, 4),
  size: fc.tuple(int(1, 12), int(1, 12)),
  kernel: fc.tuple(int(1, 5), int(1, 5)),
  stride: fc.tuple(int(1, 5), int(1, 5)),
  pad: fc.tuple(int(0, 4), int(0, 4), int(0, 4), int(0, 4)),
})

describe.each([
  ['maxPool2d', maxPool2d],
  ['avgPool2d', avgPool2d],
] as const)('%s.dims', (layer, { dims }) => {
  test('counts as many outputs as a slid window finds places, and refuses a pad that could hide a whole window', () => {
    fc.assert(
      fc.property(window, ({ n, channels, size, kernel, stride, pad }) => {
        const x = [n, channels, ...size]
        const outH = placements(size[0] + pad[0] + pad[2], kernel[0], stride[0])
        const outW = placements(size[1] + pad[1] + pad[3], kernel[1], stride[1])
        const padTooLarge = pad.some((side, i) => side >= (kernel[i % 2] ?? 0))
        const run = () => dims(x, { kernel, stride, pad })
        if (padTooLarge || outH === 0 || outW === 0) expectRejection(layer, [x, kernel], run)
        else expect(run()).toMatchObject({ n, channels, outH, outW, kH: kernel[0], kW: kernel[1] })
      }),
      { numRuns: 400 },
    )
  })

  test('every accepted window holds at least one cell of the image', () => {
    fc.assert(
      fc.property(window, ({ n, channels, size, kernel, stride, pad }) => {
        fc.pre(pad.every((side, i) => side < (kernel[i % 2] ?? 0)))
        fc.pre(size[0] + pad[0] + pad[2] >= kernel[0] && size[1] + pad[1] + pad[3] >= kernel[1])
        const d = dims([n, channels, ...size], { kernel, stride, pad })
        for (let p = 0; p < d.outH; p++) {
          const top = p * d.strideH - d.padTop
          expect(top < d.inH && top + d.kH > 0).toBe(true)
        }
        for (let q = 0; q < d.outW; q++) {
          const left = q * d.strideW - d.padLeft
          expect(left < d.inW && left + d.kW > 0).toBe(true)
        }
      }),
    )
  })

  test('a number, a pair and four sides say the same, and the stride is the kernel unless said otherwise', () => {
    fc.assert(
      fc.property(int(0, 1), int(0, 2), (h, w) => {
        const run = (pad: Pad) => dims([2, 3, 9, 8], { kernel: [2, 3], stride: 2, pad })
        expect(run([h, w])).toEqual(run([h, w, h, w]))
        expect(run(h)).toEqual(run([h, h]))
      }),
    )
    expect(dims([2, 3, 9, 8], { kernel: 2 })).toEqual(dims([2, 3, 9, 8], { kernel: [2, 2], stride: [2, 2], pad: 0 }))
    expect(Object.isFrozen(dims([2, 3, 9, 8], { kernel: 2 }))).toBe(true)
  })

  const x = [2, 3, 9, 8]
  test.each([
    ['an x of three axes', [2, 3, 9], { kernel: [2, 2] as const }],
    ['a kernel of 0', x, { kernel: [0, 2] as const }],
    ['a fractional kernel', x, { kernel: [2, 2.5] as const }],
    ['a stride of 0', x, { kernel: [2, 2] as const, stride: 0 }],
    ['a negative stride', x, { kernel: [2, 2] as const, stride: [1, -2] as const }],
    ['a negative pad', x, { kernel: [2, 2] as const, pad: -1 }],
    ['a pad as large as the kernel', x, { kernel: [2, 3] as const, pad: [0, 0, 2, 0] as const }],
    ['a kernel larger than the image', [2, 3, 2, 8], { kernel: [3, 2] as const }],
  ])('refuses %s, showing x and the kernel', (_, xShape, options) => {
    expectRejection(layer, [xShape, options.kernel], () => dims(xShape, options))
  })
})

test('avgPool2d counts padding into the divisor unless told not to', () => {
  expect(avgPool2d.dims([1, 1, 4, 4], { kernel: 2 }).countIncludePad).toBe(true)
  expect(avgPool2d.dims([1, 1, 4, 4], { kernel: 2, countIncludePad: false }).countIncludePad).toBe(false)
})
