import { keeping } from './keeping.js'
import { type Mutant, mutants } from './mutant.js'

interface Staleness {
  readonly says: string
  /** Default: the two laws of that name. */
  readonly killers?: readonly string[]
  /** The kernel that keeps something of an operand. */
  readonly kernel: string
  readonly operand: string
  /** The change after which it should be made again, and is not. */
  readonly unnoticed: string
}

/** By layer. Each is right in every call whose operands were written, or changed in any way but one. */
const faults: { readonly [layer: string]: { readonly [name: string]: Staleness } } = {
  conv2d: {
    'packed-filters-outlive-adam': {
      ...{ kernel: 'conv2d.forward', operand: 'w', unnoticed: 'adam.update' },
      says: 'filters are packed again when they are written to or updated, but not by Adam',
    },
    'unfolded-image-outlives-relu': {
      ...{ kernel: 'conv2d.forward', operand: 'x', unnoticed: 'relu.forward' },
      says: 'the unfolded image is kept until it is written to; a relu that makes a new one in the same storage goes unnoticed',
    },
    'turned-filters-outlive-their-gradient': {
      ...{ kernel: 'conv2d.backward', operand: 'w', unnoticed: 'conv2d.backward' },
      says: "the filters turned by 180 degrees are kept though another call's dw was written over them",
    },
  },
  affine: {
    'packed-weights-outlive-addScaled': {
      ...{ kernel: 'affine.forward', operand: 'w', unnoticed: 'vector.addScaled' },
      says: 'weights are packed again after every change but addScaled, with which regularisation and averaging change them',
    },
    'transposed-weights-outlive-copy': {
      ...{ kernel: 'affine.backward', operand: 'w', unnoticed: 'vector.copy' },
      says: 'the transposed weights of the backward pass are kept when other weights are copied over them',
    },
    'bias-outlives-sgdMomentum': {
      ...{ kernel: 'affine.forward', operand: 'b', unnoticed: 'sgdMomentum.update' },
      says: 'the bias is kept in constant memory, which no step of sgdMomentum refreshes',
    },
  },
  relu: {
    'mask-outlives-normalize': {
      ...{ kernel: 'relu.backward', operand: 'y', unnoticed: 'batchNorm.normalize' },
      says: 'the mask of y is kept though batch norm wrote other numbers over y',
    },
  },
  maxPool2d: {
    'winners-outlive-scale': {
      ...{ kernel: 'maxPool2d.backward', operand: 'x', unnoticed: 'vector.scale' },
      says: 'the winners of x are kept though x was scaled, perhaps by a negative number',
    },
  },
  avgPool2d: {
    'gradient-outlives-multiply': {
      ...{ kernel: 'avgPool2d.backward', operand: 'dy', unnoticed: 'vector.multiply' },
      says: 'dy is divided once and kept, though a product was written over it',
    },
  },
  dropout: {
    'mask-outlives-write': {
      ...{ kernel: 'vector.multiply', operand: 'm', unnoticed: 'write' },
      says: 'the mask of a storage is read once: another mask written there is not seen',
      killers: ['plans'],
    },
  },
  batchNorm: {
    'root-outlives-running': {
      ...{ kernel: 'batchNorm.normalize', operand: 'variance', unnoticed: 'batchNorm.running' },
      says: 'the reciprocal root of the running variance is kept though training moves that variance',
    },
    'gamma-outlives-adamw': {
      ...{ kernel: 'batchNorm.input', operand: 'gamma', unnoticed: 'adamw.update' },
      says: 'gamma is folded into the factor of dx, which is not folded anew after a step of AdamW',
    },
    'statistics-outlive-statistics': {
      ...{ kernel: 'batchNorm.reduce', operand: 'mean', unnoticed: 'batchNorm.statistics' },
      says: 'the mean is kept though the statistics of another batch were written there',
      killers: ['replays'],
    },
  },
  layerNorm: {
    'gamma-outlives-rmsprop': {
      ...{ kernel: 'layerNorm.forward', operand: 'gamma', unnoticed: 'rmsprop.update' },
      says: 'gamma and beta are interleaved once, and not again after a step of rmsprop',
    },
  },
  groupNorm: {
    'beta-outlives-fill': {
      ...{ kernel: 'groupNorm.forward', operand: 'beta', unnoticed: 'vector.fill' },
      says: 'beta is kept though a fill cleared it',
    },
  },
  softmaxCrossEntropy: {
    'labels-outlive-write': {
      ...{ kernel: 'softmaxCrossEntropy.backward', operand: 'labels', unnoticed: 'write' },
      says: 'labels become one-hot rows once for each storage, and the labels of the next batch are not seen',
      killers: ['replays'],
    },
  },
  svmLoss: {
    'logits-outlive-affine': {
      ...{ kernel: 'svmLoss.forward', operand: 'logits', unnoticed: 'affine.forward' },
      says: 'the logits are kept though affine wrote those of the next batch over them',
    },
  },
  sgd: {
    'gradient-outlives-conv2d': {
      ...{ kernel: 'sgd.update', operand: 'g', unnoticed: 'conv2d.backward' },
      says: 'the gradient is kept though the next backward pass of conv2d wrote over it',
    },
  },
  sgdMomentum: {
    'velocity-outlives-write': {
      ...{ kernel: 'sgdMomentum.update', operand: 'g', unnoticed: 'write' },
      says: 'the gradient is uploaded once: another one written there is not seen',
      killers: ['replays'],
    },
  },
  rmsprop: {
    'gradient-outlives-scale': {
      ...{ kernel: 'rmsprop.update', operand: 'g', unnoticed: 'vector.scale' },
      says: 'the square of the gradient is kept though clipping scaled it',
    },
  },
  adam: {
    'gradient-outlives-addScaled': {
      ...{ kernel: 'adam.update', operand: 'g', unnoticed: 'vector.addScaled' },
      says: 'the gradient is kept though regularisation was added to it',
    },
  },
  vector: {
    'factor-outlives-layerNorm': {
      ...{ kernel: 'vector.multiply', operand: 'm', unnoticed: 'layerNorm.backward' },
      says: 'the factor m is kept though a gradient of layer norm was written over it',
    },
  },
  affineRelu: {
    'packed-weights-outlive-sgd': {
      ...{ kernel: 'affineRelu.forward', operand: 'w', unnoticed: 'sgd.update' },
      says: 'the fused kernel keeps packed weights of its own, which a step of SGD leaves as they are',
    },
  },
}

export const staleMutants: readonly Mutant[] = Object.entries(faults).flatMap(([layer, own]) =>
  Object.entries(own).flatMap(([name, { says, killers = ['stale-kernels', 'stale'], kernel, operand, unnoticed }]) =>
    mutants(layer, { [name]: { says, killers } }, () => keeping(kernel, operand, unnoticed)),
  ),
)
