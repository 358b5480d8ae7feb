import { type AffineKernels, affineSignatures } from './layers/affine.js'
import { type AvgPool2dKernels, avgPool2dSignatures } from './layers/avgPool2d.js'
import { type BatchNormKernels, batchNormSignatures } from './layers/batchNorm.js'
import { type Conv2dKernels, conv2dSignatures } from './layers/conv2d.js'
import { type GroupNormKernels, groupNormSignatures } from './layers/groupNorm.js'
import { type LayerNormKernels, layerNormSignatures } from './layers/layerNorm.js'
import { type MaxPool2dKernels, maxPool2dSignatures } from './layers/maxPool2d.js'
import { type ReluKernels, reluSignatures } from './layers/relu.js'
import { type SoftmaxCrossEntropyKernels, softmaxCrossEntropySignatures } from './layers/softmaxCrossEntropy.js'
import { type SvmLossKernels, svmLossSignatures } from './layers/svmLoss.js'
import { type AffineReluKernels, affineReluSignatures } from './sandwiches/affineRelu.js'
import { type ConvReluKernels, convReluSignatures } from './sandwiches/convRelu.js'
import type { Refusable, Signatures } from './signature.js'
import { type AdamKernels, adamSignatures } from './updates/adam.js'
import { type AdamwKernels, adamwSignatures } from './updates/adamw.js'
import { type RmspropKernels, rmspropSignatures } from './updates/rmsprop.js'
import { type SgdKernels, sgdSignatures } from './updates/sgd.js'
import { type SgdMomentumKernels, sgdMomentumSignatures } from './updates/sgdMomentum.js'
import { type VectorKernels, vectorSignatures } from './vector.js'

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

/** A kernel seen without its types: dims, scalars where the signature has them, then storages. */
export type AnyKernel<S> = (...args: readonly (object | S | null)[]) => void
export type AnyKernelTable<S> = { readonly [method: string]: AnyKernel<S> | undefined } & Refusable<unknown>
