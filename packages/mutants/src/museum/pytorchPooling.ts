import type { AvgPool2dDims } from '@convkit/api'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import type { KernelFault } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { when } from './when.js'

const lowest = -3.4028234663852886e38
const isNaNAt = (x: ArrayLike<number>) => (i: number) => Number.isNaN(x[i])

const maxPool2dExhibits = kernelExhibits('maxPool2d', {
  'nan-loses': {
    says: 'CPU, CUDA: NaNs are passed over, and a window of nothing else gives the lowest float32 number',
    killers: ['non-finite-windows', 'special-values'],
    link: 'https://github.com/pytorch/pytorch/issues/7645',
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(d, x, y)
        for (const [out, window] of underWindows(d).entries())
          if (window.some(isNaNAt(x)))
            y[out] = Math.max(lowest, ...window.map((i) => x[i]).filter((value) => !Number.isNaN(value)))
      },
    }),
  },
  'minus-infinity-has-no-index': {
    says: 'CPU, CUDA: a window of -infinity gives the lowest float32 number, and the index -1, so that its gradient is lost',
    killers: ['non-finite-windows', 'special-values'],
    link: 'https://github.com/pytorch/pytorch/pull/23161',
    change: ({ forward, backward }) => ({
      forward(d, x, y) {
        forward(d, x, y)
        for (const [out, value] of y.entries()) if (value === -Infinity) y[out] = lowest
      },
      backward(d, dy, x, y, dx) {
        const kept = dy.slice()
        for (const [out, window] of underWindows(d).entries())
          if (window.every((i) => x[i] === -Infinity)) kept[out] = 0
        backward(d, kept, x, y, dx)
      },
    }),
  },
})

/** What rounding the output size up looks like here: padding at the end alone, which counts for nothing. */
const isRoundedUp = (d: AvgPool2dDims) =>
  !d.countIncludePad && d.padTop + d.padLeft === 0 && d.padBottom + d.padRight > 0

/** Sums of windows as differences of sums from the corner of the plane, in single precision. */
const cornerSums: KernelFault<'avgPool2d'>['change'] = () => ({
  forward(d, x, y) {
    const { inH, inW, outH, outW, kH, kW } = d
    const width = inW + 1
    const inside = (at: number, size: number) => Math.min(Math.max(at, 0), size)
    for (let plane = 0; plane < d.n * d.channels; plane++) {
      const sums = new Float32Array((inH + 1) * width)
      for (let h = 0; h < inH; h++) {
        let row = 0
        for (let w = 0; w < inW; w++) {
          row = Math.fround(row + x[(plane * inH + h) * inW + w])
          sums[(h + 1) * width + w + 1] = sums[h * width + w + 1] + row
        }
      }
      for (let p = 0; p < outH; p++)
        for (let q = 0; q < outW; q++) {
          const [top, left] = [p * d.strideH - d.padTop, q * d.strideW - d.padLeft]
          const [h0, h1] = [inside(top, inH), inside(top + kH, inH)]
          const [w0, w1] = [inside(left, inW), inside(left + kW, inW)]
          const upper = Math.fround(sums[h0 * width + w1] - sums[h0 * width + w0])
          const lower = Math.fround(sums[h1 * width + w1] - sums[h1 * width + w0])
          const count = d.countIncludePad ? kH * kW : (h1 - h0) * (w1 - w0)
          y[(plane * outH + p) * outW + q] = Math.fround(lower - upper) / count
        }
    }
  },
})

/** Plans are kept by their dims, but for how windows at the border are divided. */
const divisorNotInKey: KernelFault<'avgPool2d'>['change'] = ({ forward, backward }) => {
  const kept = new Map<string, AvgPool2dDims>()
  const planOf = (pass: string, d: AvgPool2dDims) => {
    const key = `${pass} ${JSON.stringify({ ...d, countIncludePad: undefined })}`
    const plan = kept.get(key) ?? d
    kept.set(key, plan)
    return plan
  }
  return {
    forward: (d, ...storages) => forward(planOf('forward', d), ...storages),
    backward: (d, ...storages) => backward(planOf('backward', d), ...storages),
  }
}

const avgPool2dExhibits = kernelExhibits('avgPool2d', {
  'inductor-overhang-counted': {
    says: 'inductor: where the output size is rounded up, windows that hang over the end are divided by all of their elements',
    killers: ['padding', 'forward', 'constant'],
    link: 'https://github.com/pytorch/pytorch/issues/100987',
    change: when('forward', isRoundedUp, (forward, d, ...storages) =>
      forward({ ...d, countIncludePad: true }, ...storages),
    ),
  },
  'inductor-overhang-counted-in-gradient': {
    says: 'inductor: the same in the backward pass alone, so that the last row and column get too small a gradient',
    killers: ['padding', 'adjoint', 'backward'],
    link: 'https://github.com/pytorch/pytorch/issues/198119',
    change: when('backward', isRoundedUp, (backward, d, ...storages) =>
      backward({ ...d, countIncludePad: true }, ...storages),
    ),
  },
  'mps-running-sums': {
    says: 'MPS: windows are differences of float32 sums over all that came before, so that zeros behind large numbers average below 0',
    killers: ['forward', 'large', 'additivity'],
    link: 'https://github.com/pytorch/pytorch/pull/180115',
    dtype: 'float32',
    change: cornerSums,
  },
  'mps-divisor-not-in-key': {
    says: 'MPS: the key of a cached graph lacks the divisor: another one gets the graph of the first',
    killers: ['plans', 'stale', 'many-shapes'],
    link: 'https://github.com/pytorch/pytorch/pull/94348',
    change: divisorNotInKey,
  },
})

export const pytorchPoolingExhibits: readonly Exhibit[] = [...maxPool2dExhibits, ...avgPool2dExhibits]
