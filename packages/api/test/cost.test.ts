import { affine, conv2d, kernelCost, softmaxCrossEntropy } from '@convkit/api'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const small = fc.integer({ min: 1, max: 4 })
const options = {
  groups: fc.integer({ min: 1, max: 2 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  pad: fc.integer({ min: 0, max: 4 }),
}

/** Runs `body` once for every index below each of `limits`. */
function each(limits: readonly number[], body: (...indices: number[]) => void, ...indices: number[]): void {
  const [limit, ...rest] = limits
  if (limit === undefined) body(...indices)
  else for (let i = 0; i < limit; i++) each(rest, body, ...indices, i)
}

test('conv2d counts a multiply and an add for every tap inside the image, and one add for the bias of every output', () => {
  fc.assert(
    fc.property(small, small, small, small, small, fc.record(options), (n, c, f, size, k, options) => {
      const { groups } = options
      const d = conv2d.dims([n, c * groups, size + 6, size + 7], [f * groups, c, k, k], [f * groups], options)
      let forward = 0
      let backward = 0
      each([d.n, d.outC, d.outH, d.outW], (_n, _f, p, q) => {
        each([d.inC / d.groups, d.kH, d.kW], (_c, i, j) => {
          const row = p * d.strideH + i * d.dilationH - d.padTop
          const column = q * d.strideW + j * d.dilationW - d.padLeft
          if (row < 0 || row >= d.inH || column < 0 || column >= d.inW) return
          forward += 2 // y += x * w
          backward += 4 // dx += dy * w; dw += dy * x
        })
        forward += 1 // y += b
        backward += 1 // db += dy
      })
      const cost = {
        forward: kernelCost('conv2d', 'forward', d, 'float64'),
        backward: kernelCost('conv2d', 'backward', d, 'float64'),
      }
      expect(cost.forward.flops).toBe(forward)
      expect(cost.backward.flops).toBe(backward)
      const x = d.n * d.inC * d.inH * d.inW
      const w = d.outC * (d.inC / d.groups) * d.kH * d.kW
      const y = d.n * d.outC * d.outH * d.outW
      expect(cost.forward.bytes).toBe(8 * (x + w + d.outC + y))
      expect(cost.backward.bytes).toBe(8 * (y + x + w + x + w + d.outC))
    }),
    { numRuns: 40 },
  )
})

test('affine counts a multiply and an add for every weight of every row, and one add for the bias', () => {
  fc.assert(
    fc.property(small, small, small, (n, inSize, outSize) => {
      const d = affine.dims([n, inSize], [inSize, outSize], [outSize])
      let forward = 0
      let backward = 0
      each([n, outSize], () => {
        each([inSize], () => {
          forward += 2
          backward += 4
        })
        forward += 1
        backward += 1
      })
      const cost = {
        forward: kernelCost('affine', 'forward', d, 'float32'),
        backward: kernelCost('affine', 'backward', d, 'float32'),
      }
      expect(cost.forward.flops).toBe(forward)
      expect(cost.backward.flops).toBe(backward)
      expect(cost.forward.bytes).toBe(4 * (n * inSize + inSize * outSize + outSize + n * outSize))
      expect(cost.backward.bytes).toBe(4 * (n * outSize + 2 * n * inSize + 2 * inSize * outSize + outSize))
    }),
  )
})

test('a gradient that is not wanted costs nothing, nor does a bias that is not there', () => {
  const d = conv2d.dims([2, 3, 5, 5], [4, 3, 3, 3], undefined)
  const cost = (...without: string[]) => kernelCost('conv2d', 'backward', d, 'float32', without)
  const [all, rest] = [cost(), [cost('dx'), cost('dw'), cost('db')]]
  expect(rest.reduce((sum, { flops }) => sum + all.flops - flops, 0)).toBe(all.flops)
  const bytes = (...without: string[]) => kernelCost('conv2d', 'forward', d, 'float32', without).bytes
  expect(bytes() - bytes('b')).toBe(4 * 4)
})

test('labels have 4 bytes in any dtype', () => {
  const d = softmaxCrossEntropy.dims([3, 5], [3])
  const bytes = (['float32', 'float64'] as const).map(
    (dtype) => kernelCost('softmaxCrossEntropy', 'forward', d, dtype).bytes,
  )
  expect(bytes).toEqual([4 * (15 + 3 + 1), 8 * (15 + 1) + 4 * 3])
})
