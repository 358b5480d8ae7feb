import { conv2d, type KernelName, windowDims } from '@convkit/api'

/** A kernel call that suits storages of any length. */
export interface Form {
  readonly layer: KernelName
  readonly method: string
  dims(length: number): object
  readonly scalars?: object
  /** Elements of its operands; those left out have `length`. */
  sizes?(length: number): { readonly [operand: string]: number }
  /** Outputs of which the formula may make negative numbers of positive ones. */
  readonly signed?: readonly string[]
  /** An operand that another method of the layer makes of the others, right before the call. */
  readonly made?: { readonly operand: string; readonly by: string }
}

const size = (length: number) => ({ size: length })
const pixels = (length: number) => windowDims('pool', [1, 1, 1, length], { kernel: 1 })
const pairs = (length: number) => windowDims('pool', [1, 1, 1, 2 * length], { kernel: [1, 2] })
const average = (length: number) => ({ ...pixels(length), countIncludePad: false })
const row = (length: number) => conv2d.dims([1, 1, 1, length], [1, 1, 1, 1], undefined)
const filters = (length: number) => conv2d.dims([1, 1, 1, 1], [length, 1, 1, 1], undefined)
const outputs = (length: number) => ({ n: 1, inSize: 1, outSize: length })
const features = (length: number) => ({ n: 1, inSize: length, outSize: 1 })
const halves = (length: number) => ({ n: 1, left: length, right: length })
const scalars = (names: readonly string[], value: number) => Object.fromEntries(names.map((name) => [name, value]))
const all = (names: readonly string[], value: number) => () => scalars(names, value)
const double =
  (...names: readonly string[]) =>
  (length: number) =>
    scalars(names, 2 * length)

const perChannel = ['gamma', 'beta', 'mean', 'variance', 'dgamma', 'dbeta']
const eps = { eps: 0.5 }
const adam = { learningRate: 2, beta1: 0.5, beta2: 0.5, epsilon: 0.125, step: 3 }

/** Every kernel, more than once where not all of its operands can have the same length. */
export const forms: readonly Form[] = [
  { layer: 'vector', method: 'fill', dims: size, scalars: { value: 1.625 } },
  { layer: 'vector', method: 'copy', dims: size },
  { layer: 'vector', method: 'scale', dims: size, scalars: { a: 1.5 } },
  { layer: 'vector', method: 'scale', dims: size, scalars: { a: -0.75 }, signed: ['y'] },
  { layer: 'vector', method: 'addScaled', dims: size, scalars: { a: 0.5 } },
  { layer: 'vector', method: 'addScaled', dims: size, scalars: { a: -2 }, signed: ['y'] },
  { layer: 'vector', method: 'multiply', dims: size },
  { layer: 'vector', method: 'sumOfSquares', dims: size, sizes: all(['y'], 1) },

  { layer: 'affine', method: 'forward', dims: outputs, sizes: all(['x'], 1) },
  { layer: 'affine', method: 'backward', dims: features, sizes: all(['dy', 'db'], 1) },
  { layer: 'affine', method: 'backward', dims: outputs, sizes: all(['x', 'dx'], 1) },
  { layer: 'affineRelu', method: 'forward', dims: outputs, sizes: all(['x'], 1) },

  { layer: 'conv2d', method: 'forward', dims: row, sizes: all(['w', 'b'], 1) },
  { layer: 'conv2d', method: 'forward', dims: filters, sizes: all(['x'], 1) },
  { layer: 'conv2d', method: 'backward', dims: row, sizes: all(['w', 'dw', 'db'], 1) },
  { layer: 'conv2d', method: 'backward', dims: filters, sizes: all(['x', 'dx'], 1) },
  { layer: 'convRelu', method: 'forward', dims: row, sizes: all(['w', 'b'], 1) },

  { layer: 'maxPool2d', method: 'forward', dims: pixels },
  { layer: 'maxPool2d', method: 'backward', dims: pixels, made: { operand: 'y', by: 'forward' } },
  { layer: 'avgPool2d', method: 'forward', dims: average },
  { layer: 'avgPool2d', method: 'backward', dims: average },
  ...(['forward', 'backward'] as const).map(
    (method): Form => ({
      ...{ layer: 'maxPool2d', method, dims: pairs, sizes: double('x', 'dx') },
      ...(method === 'backward' ? { made: { operand: 'y', by: 'forward' } } : {}),
    }),
  ),
  { layer: 'relu', method: 'forward', dims: size },
  { layer: 'relu', method: 'backward', dims: size },

  ...[
    { layer: 'batchNorm' as const, method: 'statistics', sizes: double('x') },
    { layer: 'batchNorm' as const, method: 'running', scalars: { momentum: 0.75 } },
    { layer: 'batchNorm' as const, method: 'normalize', scalars: eps, sizes: double('x', 'y') },
    { layer: 'batchNorm' as const, method: 'reduce', scalars: eps, sizes: double('dy', 'x'), signed: ['dgamma'] },
  ].map((form) => ({ ...form, dims: (length: number) => ({ n: 2, channels: length, inner: 1 }) })),
  ...[
    { layer: 'batchNorm' as const, method: 'normalize', scalars: eps, signed: ['y'] },
    { layer: 'batchNorm' as const, method: 'input', scalars: { ...eps, count: 4 }, signed: ['dx'] },
    { layer: 'batchNorm' as const, method: 'inputFixed', scalars: eps },
  ].map((form) => ({ ...form, dims: (length: number) => ({ n: 1, channels: length, inner: 1 }) })),

  ...(['forward', 'backward'] as const).flatMap((method): Form[] => [
    {
      ...{ layer: 'layerNorm', method, scalars: eps, signed: ['y', 'dx', 'dgamma'] },
      dims: (length) => ({ n: 1, size: length }),
      sizes: all(['mean', 'variance'], 1),
    },
    {
      ...{ layer: 'layerNorm', method, scalars: eps, signed: [] },
      dims: (length) => ({ n: length, size: 2 }),
      sizes: (length) => ({
        ...scalars(['x', 'y', 'dy', 'dx'], 2 * length),
        ...scalars(['gamma', 'beta', 'dgamma', 'dbeta'], 2),
      }),
    },
    {
      ...{ layer: 'groupNorm', method, scalars: eps, signed: ['y', 'dx'] },
      dims: (length) => ({ n: 1, channels: 1, inner: length, groups: 1 }),
      sizes: all(perChannel, 1),
    },
    {
      ...{ layer: 'groupNorm', method, scalars: eps, signed: ['dgamma'] },
      dims: (length) => ({ n: 1, channels: length, inner: 2, groups: length }),
      sizes: double('x', 'y', 'dy', 'dx'),
    },
  ]),

  ...(['softmaxCrossEntropy', 'svmLoss'] as const).flatMap((layer): Form[] => [
    {
      ...{ layer, method: 'forward', scalars: { scale: 0.5 } },
      dims: (length) => ({ n: length, classes: 2 }),
      sizes: (length) => ({ logits: 2 * length, loss: 1 }),
    },
    {
      ...{ layer, method: 'backward', scalars: { scale: 0.5 }, signed: ['dlogits'] },
      dims: (length) => ({ n: 1, classes: length }),
      sizes: all(['labels'], 1),
    },
    {
      ...{ layer, method: 'backward', scalars: { scale: 0.5 } },
      dims: (length) => ({ n: length, classes: 2 }),
      sizes: double('logits', 'dlogits'),
    },
  ]),

  { layer: 'sgd', method: 'update', dims: size, scalars: { learningRate: 2 }, signed: ['w'] },
  {
    ...{ layer: 'sgdMomentum', method: 'update', dims: size },
    ...{ scalars: { learningRate: 2, momentum: 0.5 }, signed: ['v', 'w'] },
  },
  {
    ...{ layer: 'rmsprop', method: 'update', dims: size },
    ...{ scalars: { learningRate: 2, decayRate: 0.5, epsilon: 0.125 }, signed: ['w'] },
  },
  { layer: 'adam', method: 'update', dims: size, scalars: adam, signed: ['w'] },
  { layer: 'adamw', method: 'update', dims: size, scalars: { ...adam, weightDecay: 0.25 }, signed: ['w'] },
  { layer: 'concat', method: 'forward', dims: halves, sizes: double('y') },
  { layer: 'concat', method: 'backward', dims: halves, sizes: double('dy') },
]
