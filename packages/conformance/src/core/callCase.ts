import {
  type ActivationDims,
  type AffineDims,
  type AvgPool2dDims,
  type BatchNormDims,
  type ConcatDims,
  type Conv2dDims,
  type ElementLossDims,
  type GroupNormDims,
  type KernelName,
  type LayerNormDims,
  type LossDims,
  ofActivations,
  ofComposedUpdates,
  ofElementLosses,
  type ReluDims,
  type Shape,
  type WindowDims,
} from '@convkit/api'
import type { Attributes, Case, NdArray } from './case.js'
import { map } from './values.js'

/** One call of one kernel, as data. */
export interface CallValues {
  readonly layer: KernelName
  readonly method: string
  readonly dims: object
  readonly scalars: object | null
  /** An operand in that shape; null where the call was given none. */
  operand(name: string, shape: Shape): NdArray | null
}

/**
 * The case of the call's layer whose results are those of the call, under the same names. Null for `batchNorm.running`, which
 * only the whole of train mode is a case of.
 */
export function caseOfCall(call: CallValues): Case | null {
  return call.layer === 'batchNorm' && call.method === 'running' ? null : builders[call.layer](call)
}

type CaseOf = (call: CallValues) => Case

/** The dims of a call are those of its layer. */
function by<D>(
  build: (d: D, call: CallValues, of: (name: string, ...shape: number[]) => NdArray) => Partial<Case>,
): CaseOf {
  return (call) => {
    const of = (name: string, ...shape: number[]): NdArray => {
      const operand = call.operand(name, shape)
      if (!operand) throw new Error(`${call.layer}.${call.method} was given no ${name}`)
      return operand
    }
    return { layer: call.layer, attrs: {}, inputs: {}, ...build(call.dims as D, call, of) }
  }
}

const isBackward = ({ method }: CallValues) => method !== 'forward'
const fill = (length: number, value: number): NdArray => ({
  shape: [length],
  data: new Float64Array(length).fill(value),
})

const conv = by<Conv2dDims>((d, call, of) => {
  const b = call.operand('b', [d.outC])
  return {
    attrs: {
      stride: [d.strideH, d.strideW],
      pad: [d.padTop, d.padLeft, d.padBottom, d.padRight],
      dilation: [d.dilationH, d.dilationW],
      groups: d.groups,
    },
    inputs: {
      x: of('x', d.n, d.inC, d.inH, d.inW),
      w: of('w', d.outC, d.inC / d.groups, d.kH, d.kW),
      ...(b && { b }),
    },
    ...(isBackward(call) && { dy: of('dy', d.n, d.outC, d.outH, d.outW) }),
  }
})

const affine = by<AffineDims>((d, call, of) => {
  const b = call.operand('b', [d.outSize])
  return {
    inputs: { x: of('x', d.n, d.inSize), w: of('w', d.inSize, d.outSize), ...(b && { b }) },
    ...(isBackward(call) && { dy: of('dy', d.n, d.outSize) }),
  }
})

function windowAttrs(d: WindowDims): Attributes {
  return {
    kernel: [d.kH, d.kW],
    stride: [d.strideH, d.strideW],
    pad: [d.padTop, d.padLeft, d.padBottom, d.padRight],
  }
}

const loss = by<LossDims>((d, call, of) => ({
  attrs: { classes: d.classes, ...call.scalars },
  inputs: { logits: of('logits', d.n, d.classes), labels: of('labels', d.n) },
}))

const elementLoss = by<ElementLossDims>((d, call, of) => ({
  attrs: { ...call.scalars },
  inputs: { x: of('x', d.size), t: of('t', d.size) },
}))

const update = (...slots: readonly string[]) =>
  by<{ readonly size: number }>((d, call, of) => ({
    attrs: { ...call.scalars },
    inputs: Object.fromEntries(['w', 'g', ...slots].map((name) => [name, of(name, d.size)])),
  }))

const activation = by<ActivationDims>((d, call, of) => ({
  attrs: { ...call.scalars },
  inputs: { x: of('x', d.size) },
  ...(isBackward(call) && { dy: of('dy', d.size) }),
}))

const builders: { readonly [L in KernelName]: CaseOf } = {
  conv2d: conv,
  convRelu: conv,
  affine,
  affineRelu: affine,

  ...ofActivations(() => activation),

  relu: by<ReluDims>((d, call, of) => {
    const backward = isBackward(call)
    return { inputs: { x: of(backward ? 'y' : 'x', d.size) }, ...(backward && { dy: of('dy', d.size) }) }
  }),

  // Its backward pass is linear: x and z may be anything.
  concat: by<ConcatDims>(({ n, left, right }, call, of) => {
    if (!isBackward(call)) return { inputs: { x: of('x', n, left), z: of('z', n, right) } }
    const zeros = (length: number) => ({ shape: [n, length], data: new Float64Array(n * length) })
    return { inputs: { x: zeros(left), z: zeros(right) }, dy: of('dy', n, left + right) }
  }),

  maxPool2d: by<WindowDims>((d, call, of) => ({
    attrs: windowAttrs(d),
    inputs: { x: of('x', d.n, d.channels, d.inH, d.inW) },
    ...(isBackward(call) && { dy: of('dy', d.n, d.channels, d.outH, d.outW) }),
  })),

  // Its backward pass is linear: x may be anything.
  avgPool2d: by<AvgPool2dDims>((d, call, of) => {
    const shape = [d.n, d.channels, d.inH, d.inW]
    const backward = isBackward(call)
    const x = backward ? { shape, data: new Float64Array(shape.reduce((a, b) => a * b)) } : of('x', ...shape)
    return {
      attrs: { ...windowAttrs(d), countIncludePad: d.countIncludePad },
      inputs: { x },
      ...(backward && { dy: of('dy', d.n, d.channels, d.outH, d.outW) }),
    }
  }),

  // Kernels that are given the statistics are those of test mode, but for `input`, which differentiates them too.
  batchNorm: by<BatchNormDims>((d, call, of) => {
    const { method } = call
    // What `input` divides by follows from the dims where there are no other ranks.
    const { count: _, ...scalars }: { readonly count?: number } = call.scalars ?? {}
    const shape = [d.n, d.channels, d.inner, 1]
    const perChannel = (name: string) => call.operand(name, [d.channels])
    const fixed = method === 'normalize' || method === 'reduce' || method === 'inputFixed'
    const dy = method === 'reduce' || method === 'input' || method === 'inputFixed'
    const x = call.operand('x', shape)
    return {
      attrs: { eps: 1e-5, momentum: 0.9, ...scalars, mode: fixed ? 'test' : 'train' },
      inputs: {
        x: x ?? map(of('dy', ...shape), () => 0),
        gamma: perChannel('gamma') ?? fill(d.channels, 1),
        beta: perChannel('beta') ?? fill(d.channels, 0),
        runningMean: (fixed && perChannel('mean')) || fill(d.channels, 0),
        runningVar: (fixed && perChannel('variance')) || fill(d.channels, 1),
      },
      ...(dy && { dy: of('dy', ...shape) }),
    }
  }),

  layerNorm: by<LayerNormDims>((d, call, of) => ({
    attrs: { ...call.scalars },
    inputs: {
      x: of('x', d.n, d.size),
      gamma: of('gamma', d.size),
      beta: call.operand('beta', [d.size]) ?? fill(d.size, 0),
    },
    ...(isBackward(call) && { dy: of('dy', d.n, d.size) }),
  })),

  groupNorm: by<GroupNormDims>((d, call, of) => ({
    attrs: { ...call.scalars, groups: d.groups },
    inputs: {
      x: of('x', d.n, d.channels, d.inner),
      gamma: of('gamma', d.channels),
      beta: call.operand('beta', [d.channels]) ?? fill(d.channels, 0),
    },
    ...(isBackward(call) && { dy: of('dy', d.n, d.channels, d.inner) }),
  })),

  softmaxCrossEntropy: loss,
  svmLoss: loss,
  ...ofElementLosses(() => elementLoss),
  sgd: update(),
  sgdMomentum: update('v'),
  rmsprop: update('v'),
  adam: update('m', 'v'),
  adamw: update('m', 'v'),
  ...ofComposedUpdates(({ slots }) => update(...slots)),

  // One case makes every call of it.
  vector: by<{ readonly size: number }>((d, call) => {
    const operand = (name: string) => call.operand(name, [d.size]) ?? fill(d.size, 1)
    const y = call.method === 'sumOfSquares' ? fill(d.size, 1) : operand('y')
    return { attrs: { value: 1, a: 1, ...call.scalars }, inputs: { x: operand('x'), m: operand('m'), y, z: y } }
  }),
}
