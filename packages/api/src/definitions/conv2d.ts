import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { checkOptions, type OptionNames } from '../options.js'
import { formatShape, type Shape, shapeErrors } from '../shape.js'
import { insideTaps, outputSize, type Pad, type Pair, resolvePad, resolvePair } from '../window.js'

export interface Conv2dOptions {
  /** Default 1. */
  readonly stride?: Pair
  /** Default 0. */
  readonly pad?: Pad
  /** Distance between taps; default 1. */
  readonly dilation?: Pair
  /** Channels and filters fall into this many independent groups; default 1. */
  readonly groups?: number
}

/** x (N, inC, inH, inW), w (outC, inC / groups, kH, kW), b (outC), y (N, outC, outH, outW). Plain integers, frozen. */
export interface Conv2dDims {
  readonly n: number
  readonly inC: number
  readonly inH: number
  readonly inW: number
  readonly outC: number
  readonly outH: number
  readonly outW: number
  readonly kH: number
  readonly kW: number
  readonly strideH: number
  readonly strideW: number
  readonly padTop: number
  readonly padLeft: number
  readonly padBottom: number
  readonly padRight: number
  readonly dilationH: number
  readonly dilationW: number
  readonly groups: number
}

export const conv2dOptions: OptionNames<Conv2dOptions> = { stride: true, pad: true, dilation: true, groups: true }

function dims(x: Shape, w: Shape, b: Shape | undefined, options: Conv2dOptions = {}): Conv2dDims {
  checkOptions('conv2d', options, conv2dOptions)
  const fault = shapeErrors('conv2d', { x, w })
  const [strideH, strideW] = resolvePair('stride', options.stride ?? 1, fault)
  const [dilationH, dilationW] = resolvePair('dilation', options.dilation ?? 1, fault)
  const [padTop, padLeft, padBottom, padRight] = resolvePad(options.pad ?? 0, fault)
  const groups = options.groups ?? 1
  const [n, inC, inH, inW] = x
  const [outC, groupC, kH, kW] = w
  if (x.length !== 4 || n === undefined || inC === undefined || inH === undefined || inW === undefined)
    throw fault('x', `x must have 4 axes (N, C, H, W) but has ${x.length}`)
  if (w.length !== 4 || outC === undefined || groupC === undefined || kH === undefined || kW === undefined)
    throw fault('w', `w must have 4 axes (F, C / groups, kH, kW) but has ${w.length}`)
  if (!Number.isSafeInteger(groups) || groups < 1 || inC % groups !== 0 || outC % groups !== 0)
    throw fault('groups', `groups ${groups} must divide the ${inC} channels and the ${outC} filters`)
  if (groupC * groups !== inC)
    throw fault(
      'x',
      `x has ${inC} channels but w expects ${groupC * groups}${groups > 1 ? ` (${groups} groups of ${groupC})` : ''}`,
    )
  if (b && (b.length !== 1 || b[0] !== outC)) throw fault('b', `b must have shape [${outC}], got ${formatShape(b)}`)
  const outH = outputSize(inH + padTop + padBottom, kH, strideH, dilationH)
  const outW = outputSize(inW + padLeft + padRight, kW, strideW, dilationW)
  if (outH < 1 || outW < 1)
    throw fault(
      'w',
      `the kernel spans ${formatShape([dilationH * (kH - 1) + 1, dilationW * (kW - 1) + 1])} but the padded image is only ${formatShape([inH + padTop + padBottom, inW + padLeft + padRight])}`,
    )
  return Object.freeze({
    n,
    inC,
    inH,
    inW,
    outC,
    outH,
    outW,
    kH,
    kW,
    strideH,
    strideW,
    padTop,
    padLeft,
    padBottom,
    padRight,
    dilationH,
    dilationW,
    groups,
  })
}

function lengths(d: Conv2dDims) {
  return {
    x: d.n * d.inC * d.inH * d.inW,
    w: d.outC * (d.inC / d.groups) * d.kH * d.kW,
    b: d.outC,
    y: d.n * d.outC * d.outH * d.outW,
  }
}

function product(d: Conv2dDims): number {
  const rows = insideTaps(d.outH, d.kH, d.strideH, d.dilationH, d.padTop, d.inH)
  const columns = insideTaps(d.outW, d.kW, d.strideW, d.dilationW, d.padLeft, d.inW)
  return 2 * d.n * d.outC * (d.inC / d.groups) * rows * columns
}

export const conv2d = defineLayer('conv2d', {
  dims,
  lengths,
  methods: {
    forward: {
      formula: `y[n,f,p,q] = b[f] + sum_{c,i,j} x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] * w[f,c,i,j], zero outside x; with groups, c runs
        over the channels of f's group.`,
      reads: ['x', 'w', 'b'],
      writes: ['y'],
      optional: ['b'],
      flops: (d) => product(d) + lengths(d).y,
    },
    backward: {
      formula: `Gradients of sum(dy * y): dx[n,c,h,w] sums dy[n,f,p,q] * w[f,c,i,j] over every tap that read x[n,c,h,w];
        dw[f,c,i,j] = sum_{n,p,q} dy[n,f,p,q] * x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl]; db[f] = sum_{n,p,q} dy[n,f,p,q].`,
      reads: ['dy', 'x', 'w'],
      writes: ['dx', 'dw', 'db'],
      optional: ['dx', 'dw', 'db'],
      flops: (d, wanted) =>
        (wanted('dx') ? product(d) : 0) + (wanted('dw') ? product(d) : 0) + (wanted('db') ? lengths(d).y : 0),
    },
  },
})

export type Conv2dKernels<S> = KernelsOf<typeof conv2d, S>
