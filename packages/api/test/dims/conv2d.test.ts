import { conv2d, type Pad, ShapeError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectRejection } from '../rejection.js'
import { placements } from './placements.js'

const int = (min: number, max: number) => fc.integer({ min, max })
const geometry = fc.record({
  n: int(1, 3),
  groups: int(1, 3),
  groupC: int(1, 3),
  groupF: int(1, 3),
  size: fc.tuple(int(1, 12), int(1, 12)),
  kernel: fc.tuple(int(1, 4), int(1, 4)),
  stride: fc.tuple(int(1, 5), int(1, 5)),
  dilation: fc.tuple(int(1, 3), int(1, 3)),
  pad: fc.tuple(int(0, 4), int(0, 4), int(0, 4), int(0, 4)),
})

describe('conv2d.dims', () => {
  test('counts as many outputs as a window slid over the padded image finds places, or refuses when it finds none', () => {
    fc.assert(
      fc.property(geometry, ({ n, groups, groupC, groupF, size, kernel, stride, dilation, pad }) => {
        const x = [n, groups * groupC, ...size]
        const w = [groups * groupF, groupC, ...kernel]
        const outH = placements(size[0] + pad[0] + pad[2], kernel[0], stride[0], dilation[0])
        const outW = placements(size[1] + pad[1] + pad[3], kernel[1], stride[1], dilation[1])
        const dims = () => conv2d.dims(x, w, [groups * groupF], { stride, dilation, pad, groups })
        if (outH === 0 || outW === 0) expectRejection('conv2d', [x, w], dims)
        else
          expect(dims()).toEqual({
            n,
            inC: groups * groupC,
            inH: size[0],
            inW: size[1],
            outC: groups * groupF,
            outH,
            outW,
            kH: kernel[0],
            kW: kernel[1],
            strideH: stride[0],
            strideW: stride[1],
            padTop: pad[0],
            padLeft: pad[1],
            padBottom: pad[2],
            padRight: pad[3],
            dilationH: dilation[0],
            dilationW: dilation[1],
            groups,
          })
      }),
      { numRuns: 400 },
    )
  })

  test('a number, a pair and four sides say the same', () => {
    fc.assert(
      fc.property(int(0, 4), int(0, 4), int(1, 3), int(1, 2), (h, w, stride, dilation) => {
        const dims = (pad: Pad) => conv2d.dims([2, 3, 9, 8], [4, 3, 3, 3], undefined, { pad, stride, dilation })
        expect(dims([h, w])).toEqual(dims([h, w, h, w]))
        expect(dims(h)).toEqual(dims([h, h]))
        expect(
          conv2d.dims([2, 3, 9, 8], [4, 3, 3, 3], [4], { stride: [stride, stride], dilation: [dilation, dilation] }),
        ).toEqual(dims(0))
      }),
    )
  })

  test('stride, dilation and groups are 1 and pad is 0 unless said otherwise', () => {
    const said = { stride: 1, pad: 0, dilation: 1, groups: 1 }
    expect(conv2d.dims([1, 2, 5, 5], [3, 2, 3, 3], [3])).toEqual(conv2d.dims([1, 2, 5, 5], [3, 2, 3, 3], [3], said))
  })

  test('is frozen', () => {
    expect(Object.isFrozen(conv2d.dims([1, 2, 5, 5], [3, 2, 3, 3], [3]))).toBe(true)
  })

  const x = [2, 6, 9, 8]
  const w = [4, 3, 3, 2]
  test.each([
    ['an x of three axes', [2, 6, 9], w, [4], { groups: 2 }],
    ['a w of five axes', x, [4, 3, 3, 2, 1], [4], { groups: 2 }],
    ['channels that do not match', x, w, [4], {}],
    ['groups that do not divide the channels', x, w, [4], { groups: 4 }],
    ['groups that do not divide the filters', x, [5, 3, 3, 2], [5], { groups: 2 }],
    ['no groups', x, w, [4], { groups: 0 }],
    ['a fractional number of groups', x, w, [4], { groups: 1.5 }],
    ['a bias of another length', x, w, [3], { groups: 2 }],
    ['a bias of two axes', x, w, [4, 1], { groups: 2 }],
    ['a stride of 0', x, w, [4], { groups: 2, stride: 0 }],
    ['a negative stride', x, w, [4], { groups: 2, stride: [1, -1] as const }],
    ['a fractional stride', x, w, [4], { groups: 2, stride: 1.5 }],
    ['a dilation of 0', x, w, [4], { groups: 2, dilation: [0, 1] as const }],
    ['an infinite dilation', x, w, [4], { groups: 2, dilation: Infinity }],
    ['a negative pad', x, w, [4], { groups: 2, pad: [0, 0, -1, 0] as const }],
    ['a fractional pad', x, w, [4], { groups: 2, pad: 0.5 }],
    ['a pad that is not a number', x, w, [4], { groups: 2, pad: Number.NaN }],
    ['three sides of pad', x, w, [4], { groups: 2, pad: JSON.parse('[1,1,1]') }],
    ['three strides', x, w, [4], { groups: 2, stride: JSON.parse('[1,1,1]') }],
    ['a kernel taller than the padded image', [2, 3, 1, 8], [4, 3, 4, 2], [4], { pad: 1 }],
    ['a dilated kernel wider than the image', [2, 3, 9, 8], [4, 3, 3, 3], [4], { dilation: [1, 4] as const }],
  ])('refuses %s, naming conv2d and showing x and w', (_, xShape, wShape, b, options) => {
    expectRejection('conv2d', [xShape, wShape], () => conv2d.dims(xShape, wShape, b, options))
  })

  test('shows the bias it refuses', () => {
    expect(() => conv2d.dims(x, w, [3], { groups: 2 })).toThrow(/b must have shape \[4\], got \[3\]/)
  })

  test('a refusal is a ShapeError by name too', () => {
    expect(() => conv2d.dims([1], [1], undefined)).toThrow(expect.objectContaining({ name: ShapeError.name }))
  })
})
