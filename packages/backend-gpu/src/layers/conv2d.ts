import type { Conv2dDims, Conv2dKernels } from '@convkit/api'
import type { Builder, Value } from '../builder.js'
import type { Emitters, Operand } from '../emit.js'

export const conv2d: Emitters<Conv2dKernels<Operand>> = {
  /** y[n,f,p,q] = b[f] + sum_{c,i,j} x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] * w[f,c,i,j], zero outside x */
  forward(g, d, x, w, b, y) {
    y.set(convolve(g, d, x, w, b))
  },

  backward(g, d, dy, x, w, dx, dw, db) {
    const upstream = dy.as([d.n, d.outC, d.outH, d.outW])
    dx?.set(inputGradient(g, d, upstream, w.as(weightShape(d))))
    dw?.set(weightGradient(g, d, upstream, x.as([d.n, d.inC, d.inH, d.inW])))
    db?.set(g.reduce('ReduceSum', upstream, [0, 2, 3]))
  },
}

export function convolve(g: Builder, d: Conv2dDims, x: Operand, w: Operand, b: Operand | null): Value {
  const image = padded(g, x.as([d.n, d.inC, d.inH, d.inW]), sides(d))
  const bias = b ? [b.as([d.outC])] : []
  return g.op('Conv', [image.x, w.as(weightShape(d)), ...bias], attributesOf(d, image.pads), [
    d.n,
    d.outC,
    d.outH,
    d.outW,
  ])
}

function weightShape(d: Conv2dDims): readonly number[] {
  return [d.outC, d.inC / d.groups, d.kH, d.kW]
}

type Sides = readonly [top: number, left: number, bottom: number, right: number]

function sides(d: Conv2dDims): Sides {
  return [d.padTop, d.padLeft, d.padBottom, d.padRight]
}

/** What is left to the operator's own `pads`, once negative ones, and those that it cannot do, or all, are written out. */
function padded(
  g: Builder,
  x: Value,
  [top, left, bottom, right]: Sides,
  whole = false,
): { readonly x: Value; readonly pads: Sides } {
  const { shape } = x
  const symmetric = top === bottom && left === right
  const cuts = bottom < 0 || right < 0
  if (!whole && !cuts && (symmetric || g.forms.asymmetricPads)) return { x, pads: [top, left, bottom, right] }
  // The padding comes first: there may be less of the image than is cut away.
  const grown = g.pad(x, { before: [0, 0, top, left], after: [0, 0, Math.max(0, bottom), Math.max(0, right)] })
  const reached = [shape[0], shape[1], shape[2] + top + bottom, shape[3] + left + right]
  return { x: g.slice(grown, [0, 0, 0, 0], reached), pads: [0, 0, 0, 0] }
}

function attributesOf(d: Conv2dDims, pads: Sides) {
  return {
    kernel_shape: [d.kH, d.kW],
    strides: [d.strideH, d.strideW],
    pads,
    dilations: [d.dilationH, d.dilationW],
    group: d.groups,
  }
}

/** Rows and columns at the end of the padded image that no window reaches. */
function unreached(d: Conv2dDims): readonly [number, number] {
  return [
    (d.inH + d.padTop + d.padBottom - d.dilationH * (d.kH - 1) - 1) % d.strideH,
    (d.inW + d.padLeft + d.padRight - d.dilationW * (d.kW - 1) - 1) % d.strideW,
  ]
}

/** dx[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] = sum of dy[n,f,p,q] * w[f,c,i,j] over the taps that read it */
function inputGradient(g: Builder, d: Conv2dDims, dy: Value, w: Value): Value {
  const rest = unreached(d)
  const shape = [d.n, d.inC, d.inH, d.inW]
  if (g.forms.asymmetricPads || (d.padTop === d.padBottom && d.padLeft === d.padRight))
    return g.op('ConvTranspose', [dy, w], { ...attributesOf(d, sides(d)), output_padding: rest }, shape)
  const whole = [d.n, d.inC, d.inH + d.padTop + d.padBottom, d.inW + d.padLeft + d.padRight]
  const padded = g.op('ConvTranspose', [dy, w], { ...attributesOf(d, [0, 0, 0, 0]), output_padding: rest }, whole)
  return g.slice(padded, [0, 0, d.padTop, d.padLeft], shape)
}

/** dw[f,c,i,j] = sum_{n,p,q} dy[n,f,p,q] * x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] */
function weightGradient(g: Builder, d: Conv2dDims, dy: Value, x: Value): Value {
  const [bottom, right] = unreached(d)
  const bySlices =
    d.groups === 1 && (g.forms.convWeights === 'slices' || (g.forms.convWeights === 'faster' && isDense(d)))
  const image = padded(g, x, [d.padTop, d.padLeft, d.padBottom - bottom, d.padRight - right], bySlices)
  return bySlices ? productOfSlices(g, d, dy, image.x) : convolutionWith(g, d, dy, image.x, image.pads)
}

/** A convolution of x with dy for its kernel, in which images are channels, and strides and dilations change places. */
function convolutionWith(g: Builder, d: Conv2dDims, dy: Value, x: Value, pads: Sides): Value {
  const [, , height, width] = x.shape
  const groupC = d.inC / d.groups
  const grouped = g.reshape(x, [d.n, d.groups, groupC, height, width])
  const images = g.reshape(g.transpose(grouped, [2, 1, 0, 3, 4]), [groupC, d.groups * d.n, height, width])
  const product = g.op(
    'Conv',
    [images, g.transpose(dy, [1, 0, 2, 3])],
    {
      kernel_shape: [d.outH, d.outW],
      strides: [d.dilationH, d.dilationW],
      pads,
      dilations: [d.strideH, d.strideW],
      group: d.groups,
    },
    [groupC, d.outC, d.kH, d.kW],
  )
  return g.transpose(product, [1, 0, 2, 3])
}

/** Where slices were measured to take less time than the convolution: small kernels that read every pixel. */
function isDense(d: Conv2dDims): boolean {
  return d.kH * d.kW <= 9 && d.strideH * d.strideW === 1
}

/** One product of dy and of what each tap reads of x, as matrices with a row a filter, and a row a channel and tap. */
function productOfSlices(g: Builder, d: Conv2dDims, dy: Value, x: Value): Value {
  const pixels = d.n * d.outH * d.outW
  const channels = g.transpose(x, [1, 0, 2, 3])
  const reads = Array.from({ length: d.kH * d.kW }, (_, at) => {
    const starts = [0, 0, Math.floor(at / d.kW) * d.dilationH, (at % d.kW) * d.dilationW]
    const read = g.slice(channels, starts, [d.inC, d.n, d.outH, d.outW], [1, 1, d.strideH, d.strideW])
    return g.reshape(read, [1, d.inC, pixels])
  })
  const rows = g.reshape(g.concat(reads, 0), [d.kH * d.kW * d.inC, pixels])
  const filters = g.reshape(g.transpose(dy, [1, 0, 2, 3]), [d.outC, pixels])
  const product = g.reshape(g.gemm(filters, rows, null, { transB: 1 }), [d.outC, d.kH * d.kW, d.inC])
  return g.reshape(g.transpose(product, [0, 2, 1]), [d.outC, d.inC, d.kH, d.kW])
}
