import {
  avgPool2dOptions,
  groupNormOptions,
  layerNormOptions,
  maxPool2dOptions,
  type OptionNames,
  ofActivations,
} from '@convkit/api'
import type { LayerSpec } from './layer.js'
import { leakyReluOptions } from './layers/activations.js'
import { affineOptions } from './layers/affine.js'
import { batchNormLayerOptions } from './layers/batchNorm.js'
import { convLayerOptions } from './layers/conv2d.js'
import { convBnReluOptions } from './layers/convBnRelu.js'
import { convBnReluPoolOptions } from './layers/convBnReluPool.js'
import { convReluPoolOptions } from './layers/convReluPool.js'
import { dropoutLayerOptions } from './layers/dropout.js'
import * as layers from './layers/index.js'
import { scaleLayerOptions } from './layers/scale.js'
import { standardiseOptions } from './layers/standardise.js'
import { upsampleNearest2dOptions } from './layers/upsampleNearest2d.js'

const factories = { ...layers }

/** Those that take layers. */
export type LayerOfLayers = 'sequence' | 'residual' | 'branch'

export type LayerKind = Exclude<keyof typeof layers, LayerOfLayers>

/** The options of each of the library's layers that takes no other layers. */
export const layerOptions: { readonly [K in LayerKind]: OptionNames<NonNullable<Parameters<(typeof layers)[K]>[0]>> } =
  {
    affine: affineOptions,
    affineRelu: affineOptions,
    avgPool2d: avgPool2dOptions,
    batchNorm: batchNormLayerOptions,
    conv2d: convLayerOptions,
    convBnRelu: convBnReluOptions,
    convBnReluPool: convBnReluPoolOptions,
    convRelu: convLayerOptions,
    convReluPool: convReluPoolOptions,
    dropout: dropoutLayerOptions,
    globalAvgPool2d: {},
    groupNorm: groupNormOptions,
    layerNorm: layerNormOptions,
    maxPool2d: maxPool2dOptions,
    relu: {},
    scale: scaleLayerOptions,
    upsampleNearest2d: upsampleNearest2dOptions,
    standardise: standardiseOptions,
    ...ofActivations(() => ({})),
    leakyRelu: leakyReluOptions,
  }

export const layerKinds: readonly string[] = Object.keys(factories).sort()

export function isLibraryLayer(name: string): name is keyof typeof layers {
  return Object.hasOwn(factories, name)
}

export function takesOptions(kind: keyof typeof layers): kind is LayerKind {
  return Object.hasOwn(layerOptions, kind)
}

/** What the arguments say is checked by the layer itself. */
export function createLayer(kind: keyof typeof layers, args: readonly unknown[]): LayerSpec {
  return (factories[kind] as (...args: readonly unknown[]) => LayerSpec)(...args)
}
