import {
  ConfigError,
  type Conv2dOptions,
  checkOptions,
  conv2dOptions,
  formatShape,
  type OptionNames,
  conv2d as op,
  type Pad,
  type Pair,
  resolvePair,
  type Shape,
  shapeErrors,
} from '@convkit/api'
import { checkCounts } from '../check.js'
import type { BuildContext, Hyperparameters, LayerSpec } from '../layer.js'
import { WeightAndBias, type WeightOptions, weightOptions } from '../weightAndBias.js'

export interface Conv2dLayerOptions extends WeightOptions, Omit<Conv2dOptions, 'pad'> {
  readonly filters: number
  readonly kernel: Pair
  /** `same` keeps height and width, for odd kernels and stride 1; default 0. */
  readonly pad?: Pad | 'same'
}

export const convLayerOptions: OptionNames<Conv2dLayerOptions> = {
  filters: true,
  kernel: true,
  ...conv2dOptions,
  ...weightOptions,
}

export function buildConv2d(context: BuildContext, options: Conv2dLayerOptions) {
  const { filters, kernel, stride = 1, dilation = 1, groups = 1, pad = 0 } = options
  const { name, inputShape } = context
  checkCounts(name, { filters, groups })
  const [kH, kW] = pair('kernel', kernel, inputShape)
  const conv = { stride, dilation, groups, pad: pad === 'same' ? samePad(options, inputShape) : pad }
  const [, channels = 1] = inputShape
  const shape = [filters, channels / groups, kH, kW]
  const d = op.dims(inputShape, shape, undefined, conv)
  const [own, taps, centre] = [channels / groups, kH * kW, Math.floor(kH / 2) * kW + Math.floor(kW / 2)]
  const fans = {
    shape,
    outputs: filters,
    fanIn: own * taps,
    fanOut: (filters / groups) * taps,
    // In each group.
    diagonal: Array.from({ length: filters }, (_, f) => ({ f, i: f % (filters / groups) }))
      .filter(({ i }) => i < own)
      .map(({ f, i }) => (f * own + i) * taps + centre),
    outputOf: (at: number) => Math.floor(at / (own * taps)),
  }
  const weights = new WeightAndBias(context, fans, options)
  const hyperparameters: Hyperparameters = {
    ...weights.hyperparameters,
    stride: formatShape([d.strideH, d.strideW]),
    pad: formatShape([d.padTop, d.padLeft, d.padBottom, d.padRight]),
    dilation: formatShape([d.dilationH, d.dilationW]),
    groups: d.groups,
  }
  return { weights, conv, outputShape: [1, d.outC, d.outH, d.outW], hyperparameters }
}

function pair(option: string, value: Pair, inputShape: Shape) {
  return resolvePair(option, value, shapeErrors('conv2d', { x: inputShape }))
}

function samePad({ kernel, stride = 1, dilation = 1 }: Conv2dLayerOptions, inputShape: Shape): Pad {
  const [kH, kW] = pair('kernel', kernel, inputShape)
  const strides = pair('stride', stride, inputShape)
  const [dilationH, dilationW] = pair('dilation', dilation, inputShape)
  if (kH % 2 === 0 || kW % 2 === 0 || strides.some((step) => step !== 1))
    throw new ConfigError(
      `conv2d: pad 'same' wants an odd kernel and stride 1, got kernel ${formatShape([kH, kW])} and stride ${formatShape(strides)}`,
    )
  return [(dilationH * (kH - 1)) / 2, (dilationW * (kW - 1)) / 2]
}

/** x (N, C, H, W) -> y (N, filters, outH, outW); w (filters, C / groups, kH, kW). */
export function conv2d(options: Conv2dLayerOptions): LayerSpec {
  checkOptions('conv2d', options, convLayerOptions)
  return {
    kind: 'conv2d',
    options,
    build(context) {
      const { weights, conv, outputShape, hyperparameters } = buildConv2d(context, options)
      return {
        name: context.name,
        params: weights.params,
        buffers: weights.buffers,
        outputShape,
        hyperparameters,
        forward(scope, x) {
          const { y, saved } = op.forward(scope, weights.inputs(x), conv)
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, weights.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
