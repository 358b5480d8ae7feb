import { affine, conv2d } from '@convkit/api'
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
      const cost = conv2d.cost(d, 'float64')
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
      const cost = affine.cost(d, 'float32')
      expect(cost.forward.flops).toBe(forward)
      expect(cost.backward.flops).toBe(backward)
      expect(cost.forward.bytes).toBe(4 * (n * inSize + inSize * outSize + outSize + n * outSize))
      expect(cost.backward.bytes).toBe(4 * (n * outSize + 2 * n * inSize + 2 * inSize * outSize + outSize))
    }),
  )
})
