import type { Work } from './cost.js'
import { type AffineKernels, affineSignatures, affineWork } from './layers/affine.js'
import { type AvgPool2dKernels, avgPool2dSignatures, avgPool2dWork } from './layers/avgPool2d.js'
import { type BatchNormKernels, batchNormSignatures, batchNormWork } from './layers/batchNorm.js'
import { type Conv2dKernels, conv2dSignatures, conv2dWork } from './layers/conv2d.js'
import { type GroupNormKernels, groupNormSignatures, groupNormWork } from './layers/groupNorm.js'
import { type LayerNormKernels, layerNormSignatures, layerNormWork } from './layers/layerNorm.js'
import { type MaxPool2dKernels, maxPool2dSignatures, maxPool2dWork } from './layers/maxPool2d.js'
import { type ReluKernels, reluSignatures, reluWork } from './layers/relu.js'
import {
  type SoftmaxCrossEntropyKernels,
  softmaxCrossEntropySignatures,
  softmaxCrossEntropyWork,
} from './layers/softmaxCrossEntropy.js'
import { type SvmLossKernels, svmLossSignatures, svmLossWork } from './layers/svmLoss.js'
import { type AffineReluKernels, affineReluSignatures, affineReluWork } from './sandwiches/affineRelu.js'
import { type ConvReluKernels, convReluSignatures, convReluWork } from './sandwiches/convRelu.js'
import type { Refusable, Signatures } from './signature.js'
import { type AdamKernels, adamSignatures, adamWork } from './updates/adam.js'
import { type AdamwKernels, adamwSignatures, adamwWork } from './updates/adamw.js'
import { type RmspropKernels, rmspropSignatures, rmspropWork } from './updates/rmsprop.js'
import { type SgdKernels, sgdSignatures, sgdWork } from './updates/sgd.js'
import { type SgdMomentumKernels, sgdMomentumSignatures, sgdMomentumWork } from './updates/sgdMomentum.js'
import { type VectorKernels, vectorSignatures, vectorWork } from './vector.js'

/**
 * One line a layer; the file that explains each line has the same name. Kernels get storage and resolved dims, never
 * tensors; every output is overwritten, or skipped where it is null. Dropout has no line: it is `vector.multiply`.
 */
export interface Kernels<S> extends Fused<S> {
  vector: VectorKernels<S>
  affine: AffineKernels<S>
  conv2d: Conv2dKernels<S>
  maxPool2d: MaxPool2dKernels<S>
  avgPool2d: AvgPool2dKernels<S>
  relu: ReluKernels<S>
  batchNorm: BatchNormKernels<S>
  layerNorm: LayerNormKernels<S>
  groupNorm: GroupNormKernels<S>
  softmaxCrossEntropy: SoftmaxCrossEntropyKernels<S>
  svmLoss: SvmLossKernels<S>
  sgd: SgdKernels<S>
  sgdMomentum: SgdMomentumKernels<S>
  rmsprop: RmspropKernels<S>
  adam: AdamKernels<S>
  adamw: AdamwKernels<S>
}

/** What a backend has of them: any layers, and of each any methods. */
export type KernelTables<S> = { readonly [L in keyof Kernels<S>]?: Partial<NonNullable<Kernels<S>[L]>> }

/** Optional: a sandwich without a fused kernel is composed from its layers. The law is fused = composed. */
export interface Fused<S> {
  affineRelu?: AffineReluKernels<S>
  convRelu?: ConvReluKernels<S>
}

/** Kernels that a backend may lack without a fallback: their sandwiches are composed then. */
export const fusedKernels: readonly string[] = ['affineRelu', 'convRelu'] satisfies (keyof Fused<unknown>)[]

export type KernelName = keyof Kernels<unknown>

/** The argument order of every kernel, for code that treats them all alike. */
export const signatures: {
  readonly [L in KernelName]-?: Signatures<NonNullable<Kernels<unknown>[L]>>
} = {
  vector: vectorSignatures,
  affine: affineSignatures,
  conv2d: conv2dSignatures,
  maxPool2d: maxPool2dSignatures,
  avgPool2d: avgPool2dSignatures,
  relu: reluSignatures,
  batchNorm: batchNormSignatures,
  layerNorm: layerNormSignatures,
  groupNorm: groupNormSignatures,
  softmaxCrossEntropy: softmaxCrossEntropySignatures,
  svmLoss: svmLossSignatures,
  sgd: sgdSignatures,
  sgdMomentum: sgdMomentumSignatures,
  rmsprop: rmspropSignatures,
  adam: adamSignatures,
  adamw: adamwSignatures,
  affineRelu: affineReluSignatures,
  convRelu: convReluSignatures,
}

/** The work of every kernel, by its dims. */
export const works: {
  readonly [L in KernelName]-?: Work<never, keyof Signatures<NonNullable<Kernels<unknown>[L]>> & string>
} = {
  vector: vectorWork,
  affine: affineWork,
  conv2d: conv2dWork,
  maxPool2d: maxPool2dWork,
  avgPool2d: avgPool2dWork,
  relu: reluWork,
  batchNorm: batchNormWork,
  layerNorm: layerNormWork,
  groupNorm: groupNormWork,
  softmaxCrossEntropy: softmaxCrossEntropyWork,
  svmLoss: svmLossWork,
  sgd: sgdWork,
  sgdMomentum: sgdMomentumWork,
  rmsprop: rmspropWork,
  adam: adamWork,
  adamw: adamwWork,
  affineRelu: affineReluWork,
  convRelu: convReluWork,
}

/** A kernel seen without its types: dims, scalars where the signature has them, then storages. */
export type AnyKernel<S> = (...args: readonly (object | S | null)[]) => void
export type AnyKernelTable<S> = { readonly [method: string]: AnyKernel<S> | undefined } & Refusable<unknown>
