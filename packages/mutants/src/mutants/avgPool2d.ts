import type { AvgPool2dDims } from '@convkit/api'
import { mapped } from './faults.js'
import { type KernelFault, kernelMutants } from './mutant.js'

function geometry(change: (d: AvgPool2dDims) => Partial<AvgPool2dDims>): KernelFault<'avgPool2d'>['change'] {
  return ({ forward, backward }) => ({
    forward: (d, x, y) => forward({ ...d, ...change(d) }, x, y),
    backward: (d, dy, dx) => backward({ ...d, ...change(d) }, dy, dx),
  })
}

export const avgPool2dMutants = kernelMutants('avgPool2d', {
  'padding-always-counts': {
    says: 'countIncludePad is ignored: the divisor is the size of the whole window',
    killers: ['constant', 'forward', 'backward'],
    change: geometry(() => ({ countIncludePad: true })),
  },
  'padding-never-counts': {
    says: 'countIncludePad is ignored: the divisor is the number of pixels inside',
    killers: ['constant', 'padding', 'forward', 'backward'],
    change: geometry(() => ({ countIncludePad: false })),
  },
  'backward-counts-padding': {
    says: 'only the backward pass ignores countIncludePad',
    killers: ['adjoint', 'numeric-gradient', 'backward'],
    change: ({ backward }) => ({
      backward: (d, dy, dx) => backward({ ...d, countIncludePad: true }, dy, dx),
    }),
  },
  'dx-not-divided': {
    says: 'dy is spread over the window without being divided',
    killers: ['adjoint', 'numeric-gradient', 'backward'],
    change: ({ backward }) => ({
      backward: (d, dy, dx) =>
        backward(
          { ...d, countIncludePad: true },
          mapped(dy, (v) => v * d.kH * d.kW),
          dx,
        ),
    }),
  },
  'square-window-assumed': {
    says: 'the divisor is the square of the height of the window',
    killers: ['constant', 'transpose', 'forward'],
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward({ ...d, countIncludePad: true }, x, y)
        y.set(mapped(y, (value) => (value * d.kW) / d.kH))
      },
    }),
  },
  'tiling-assumed': {
    says: 'windows are taken to step by their own size, whatever the stride',
    killers: ['stride', 'forward', 'backward'],
    change: geometry(({ kH, kW }) => ({ strideH: kH, strideW: kW })),
  },
  'strides-swapped': {
    says: 'the forward pass steps by the height stride along the width, and the other way round',
    killers: ['adjoint', 'stride', 'forward'],
    change: ({ forward }) => ({
      forward: (d, x, y) => forward({ ...d, strideH: d.strideW, strideW: d.strideH }, x, y),
    }),
  },
  'dx-overwritten': {
    says: 'where windows overlap the last gradient stays: = for +=',
    killers: ['adjoint', 'backward', 'stride', 'numeric-gradient'],
    change: () => ({
      backward(d, dy, dx) {
        dx.fill(0)
        const { inH, inW, outH, outW } = d
        const within = (from: number, span: number, size: number) =>
          [Math.max(0, from), Math.min(size, from + span)] as const
        for (let at = 0; at < dy.length; at++) {
          const [q, p, plane] = [at % outW, Math.floor(at / outW) % outH, Math.floor(at / (outH * outW))]
          const [top, bottom] = within(p * d.strideH - d.padTop, d.kH, inH)
          const [left, right] = within(q * d.strideW - d.padLeft, d.kW, inW)
          const share = dy[at] / (d.countIncludePad ? d.kH * d.kW : (bottom - top) * (right - left))
          for (let h = top; h < bottom; h++)
            dx.fill(share, (plane * inH + h) * inW + left, (plane * inH + h) * inW + right)
        }
      },
    }),
  },
})
