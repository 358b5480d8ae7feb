import type { LayerSpec } from './layer.js'
import * as layers from './layers/index.js'

const factories = { ...layers }

export type LayerKind = keyof typeof layers

const weighted = ['bias', 'weightScale']
const convolution = ['filters', 'kernel', 'stride', 'pad', 'dilation', 'groups', ...weighted]
const window = ['kernel', 'stride', 'pad']

/** The options of each of the library's layers. */
export const layerOptions: { readonly [K in LayerKind]: readonly string[] } = {
  affine: ['units', ...weighted],
  affineRelu: ['units', ...weighted],
  avgPool2d: [...window, 'countIncludePad'],
  batchNorm: ['eps', 'momentum'],
  conv2d: convolution,
  convBnRelu: [...convolution, 'bn'],
  convBnReluPool: [...convolution, 'bn', 'pool'],
  convRelu: convolution,
  convReluPool: [...convolution, 'pool'],
  dropout: ['p'],
  gelu: [],
  groupNorm: ['groups', 'eps'],
  layerNorm: ['eps'],
  maxPool2d: window,
  relu: [],
}

export function isLibraryLayer(name: string): name is LayerKind {
  return Object.hasOwn(layerOptions, name)
}

/** What the options say is checked by the layer itself. */
export function createLayer(kind: LayerKind, options: object): LayerSpec {
  return (factories[kind] as (options: object) => LayerSpec)(options)
}
