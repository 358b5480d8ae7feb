import type { Conv2dOptions, Shape, WindowOptions } from '@convkit/api'
import fc from 'fast-check'

const size = (min: number, max: number) => fc.integer({ min, max })
const pair = (min: number, max: number) => fc.tuple(size(min, max), size(min, max))

export interface Convolution {
  readonly x: Shape
  readonly w: Shape
  readonly options: Required<Conv2dOptions> & { readonly pad: readonly [number, number, number, number] }
  readonly seed: number
}

/** Small convolutions of every kind: groups, dilation, uneven pads, pad beyond the image, stride beyond the kernel. */
export const convolutions: fc.Arbitrary<Convolution> = fc
  .record({
    n: size(1, 2),
    groups: size(1, 2),
    groupC: size(1, 2),
    groupF: size(1, 2),
    kernel: pair(1, 3),
    stride: pair(1, 4),
    dilation: pair(1, 2),
    pad: fc.tuple(size(0, 3), size(0, 3), size(0, 3), size(0, 3)),
    extra: pair(0, 4),
    seed: fc.integer(),
  })
  .map(({ n, groups, groupC, groupF, kernel, stride, dilation, pad, extra, seed }) => {
    const [top, left, bottom, right] = pad
    const inH = Math.max(1, dilation[0] * (kernel[0] - 1) + 1 - top - bottom + extra[0])
    const inW = Math.max(1, dilation[1] * (kernel[1] - 1) + 1 - left - right + extra[1])
    return {
      x: [n, groups * groupC, inH, inW],
      w: [groups * groupF, groupC, ...kernel],
      options: { stride, dilation, pad, groups },
      seed,
    }
  })

export interface Pooling {
  readonly x: Shape
  readonly options: Required<WindowOptions> & {
    readonly kernel: readonly [number, number]
    readonly stride: readonly [number, number]
    readonly pad: readonly [number, number, number, number]
  }
  readonly seed: number
}

/** Small poolings of every kind: overlapping windows, gaps between them, uneven pads, rows the windows do not reach. */
export const poolings: fc.Arbitrary<Pooling> = pair(1, 3).chain((kernel) => {
  const [kH, kW] = kernel
  const pads = fc.tuple(size(0, kH - 1), size(0, kW - 1), size(0, kH - 1), size(0, kW - 1))
  return fc
    .record({ images: pair(1, 2), stride: pair(1, 4), pad: pads, extra: pair(0, 4), seed: fc.integer() })
    .map(({ images, stride, pad, extra, seed }) => {
      const [top, left, bottom, right] = pad
      const inH = Math.max(1, kH - top - bottom + extra[0])
      const inW = Math.max(1, kW - left - right + extra[1])
      return { x: [...images, inH, inW], options: { kernel, stride, pad }, seed }
    })
})

export interface Padded {
  readonly height: number
  readonly width: number
  readonly data: Float64Array
}

/** Every plane of x (..., H, W) with `value` written around it. */
export function padded(x: Float64Array, shape: Shape, pad: readonly number[], value: number): Padded {
  const [planes, inH, inW] = [shape[0] * shape[1], shape[2], shape[3]]
  const [top, left, bottom, right] = pad
  const height = top + inH + bottom
  const width = left + inW + right
  const data = new Float64Array(planes * height * width).fill(value)
  for (let plane = 0; plane < planes; plane++)
    for (let h = 0; h < inH; h++)
      for (let w = 0; w < inW; w++) data[(plane * height + top + h) * width + left + w] = x[(plane * inH + h) * inW + w]
  return { height, width, data }
}
