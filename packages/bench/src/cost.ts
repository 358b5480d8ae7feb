import {
  type AffineDims,
  adam,
  adamw,
  affine,
  avgPool2d,
  type BatchNormDims,
  bytesPerElement,
  type Conv2dDims,
  type Cost,
  conv2d,
  type DType,
  groupNorm,
  type KernelName,
  type LayerCost,
  layerNorm,
  maxPool2d,
  relu,
  rmsprop,
  type Signature,
  sgd,
  sgdMomentum,
  signatures,
  softmaxCrossEntropy,
  svmLoss,
  type UpdateDims,
  type VectorDims,
} from '@convkit/api'
import type { KernelCall } from '@convkit/conformance'

/** What a storage is, where it holds nothing. */
export interface Sized {
  readonly length: number
  readonly dtype: DType
}

type Flops = (dims: never, writes: readonly (Sized | null)[]) => number

/** Operations of each kernel, by the api's counts; those of a gradient that is not wanted are not there. */
const flops: { readonly [L in KernelName]: { readonly [method: string]: Flops } } = {
  conv2d: {
    forward: (d: Conv2dDims) => conv2d.cost(d, 'float32').forward.flops,
    backward: (d: Conv2dDims, [dx, dw, db]) => backward(conv2d.cost(d, 'float32'), dx, dw, db),
  },
  convRelu: {
    forward: (d: Conv2dDims, [y]) => conv2d.cost(d, 'float32').forward.flops + (y?.length ?? 0),
  },
  affine: {
    forward: (d: AffineDims) => affine.cost(d, 'float32').forward.flops,
    backward: (d: AffineDims, [dx, dw, db]) => backward(affine.cost(d, 'float32'), dx, dw, db),
  },
  affineRelu: {
    forward: (d: AffineDims, [y]) => affine.cost(d, 'float32').forward.flops + (y?.length ?? 0),
  },
  maxPool2d: passes(maxPool2d),
  avgPool2d: passes(avgPool2d),
  relu: passes(relu),
  layerNorm: passes(layerNorm),
  groupNorm: passes(groupNorm),
  softmaxCrossEntropy: passes(softmaxCrossEntropy),
  svmLoss: passes(svmLoss),
  // The parts of the api's 8 and 11 an element.
  batchNorm: {
    statistics: (d: BatchNormDims) => 4 * elements(d),
    normalize: (d: BatchNormDims) => 4 * elements(d),
    running: (d: BatchNormDims) => 3 * d.channels,
    reduce: (d: BatchNormDims) => 5 * elements(d),
    input: (d: BatchNormDims) => 6 * elements(d),
    inputFixed: (d: BatchNormDims) => elements(d),
  },
  vector: {
    fill: () => 0,
    copy: () => 0,
    scale: (d: VectorDims) => d.size,
    addScaled: (d: VectorDims) => 2 * d.size,
    multiply: (d: VectorDims) => d.size,
    sumOfSquares: (d: VectorDims) => 2 * d.size,
  },
  sgd: step(sgd),
  sgdMomentum: step(sgdMomentum),
  rmsprop: step(rmsprop),
  adam: step(adam),
  adamw: step(adamw),
}

function passes(layer: { cost(d: never, dtype: 'float32'): LayerCost }) {
  return {
    forward: (d: never) => layer.cost(d, 'float32').forward.flops,
    backward: (d: never) => layer.cost(d, 'float32').backward.flops,
  }
}

function step(update: { cost(d: UpdateDims, dtype: 'float32'): Cost }) {
  return { update: (d: UpdateDims) => update.cost(d, 'float32').flops }
}

/** The api counts a product for dx, one for dw, and the sum of dy for db. */
function backward(
  { forward, backward: all }: LayerCost,
  ...[dx, dw, db]: readonly (Sized | null | undefined)[]
): number {
  const product = all.flops - forward.flops
  return (dx ? product : 0) + (dw ? product : 0) + (db ? all.flops - 2 * product : 0)
}

function elements({ n, channels, inner }: BatchNormDims): number {
  return n * channels * inner
}

/** What one call of a kernel costs at least, where its storages are `Sized`. */
export function costOfCall({ layer, method, args }: KernelCall): Cost {
  const signature = (signatures[layer] as { readonly [method: string]: Signature })[method]
  const count = flops[layer][method]
  if (!signature || !count) throw new Error(`the benchmark does not know what ${layer}.${method} costs`)
  const first = signature.scalars ? 2 : 1
  // `args` are dims and scalars by the signature, then storages.
  const storages = args.slice(first) as readonly (Sized | null)[]
  const updates = signature.reads.length
  const writes = updates + (signature.updates?.length ?? 0)
  const bytes = storages.reduce((sum, storage, i) => {
    if (!storage) return sum
    const size = storage.length * (storage.dtype === 'int32' ? 4 : bytesPerElement(storage.dtype))
    return sum + (i >= updates && i < writes ? 2 : 1) * size
  }, 0)
  return { flops: count(args[0] as never, storages.slice(writes)), bytes }
}

export function costOfCalls(calls: readonly KernelCall[]): Cost {
  return calls.map(costOfCall).reduce((a, b) => ({ flops: a.flops + b.flops, bytes: a.bytes + b.bytes }), {
    flops: 0,
    bytes: 0,
  })
}
