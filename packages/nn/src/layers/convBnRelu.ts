import { checkOptions, type OptionNames, convBnRelu as op } from '@convkit/api'
import type { BuildContext, GradientOf, LayerSpec } from '../layer.js'
import { under } from '../under.js'
import { type BatchNormLayerOptions, batchNormLayerOptions, buildBatchNorm } from './batchNorm.js'
import { buildConv2d, type Conv2dLayerOptions, convLayerOptions } from './conv2d.js'

export interface ConvBnReluLayerOptions extends Conv2dLayerOptions {
  /** Default false: batch norm would take the bias out again. */
  readonly bias?: boolean
  readonly bn?: BatchNormLayerOptions
}

export const convBnReluOptions: OptionNames<ConvBnReluLayerOptions> = { ...convLayerOptions, bn: true }

/** Throws `ConfigError` for names that are no options of the sandwich or of its batch norm. */
export function checkConvBn<T extends ConvBnReluLayerOptions>(kind: string, options: T, known: OptionNames<T>): void {
  checkOptions(kind, options, known)
  checkOptions(`${kind}: bn`, options.bn ?? {}, batchNormLayerOptions)
}

export function buildConvBn(context: BuildContext, { bn: normOptions = {}, ...options }: ConvBnReluLayerOptions) {
  const { weights, conv, outputShape, hyperparameters } = buildConv2d(context, { bias: false, ...options })
  const bn = buildBatchNorm(context, outputShape, normOptions)
  return {
    weights,
    conv,
    bn,
    outputShape,
    hyperparameters: { ...hyperparameters, ...under('bn', bn.hyperparameters) },
    params: [...weights.params, ...bn.norm.params],
    buffers: [...weights.buffers, ...bn.buffers],
    wanted: (gradient: GradientOf, wantDx: boolean) => ({
      ...weights.wanted(gradient, wantDx),
      ...bn.norm.wanted(gradient, wantDx),
    }),
  }
}

/** conv2d - spatial batchNorm - relu. */
export function convBnRelu(options: ConvBnReluLayerOptions): LayerSpec {
  checkConvBn('convBnRelu', options, convBnReluOptions)
  return {
    kind: 'convBnRelu',
    options,
    build(context) {
      const { weights, conv, bn, outputShape, params, buffers, wanted, hyperparameters } = buildConvBn(context, options)
      return {
        name: context.name,
        params,
        buffers,
        outputShape,
        hyperparameters,
        forward(scope, x, mode) {
          const inputs = { ...bn.inputs(x), ...weights.inputs(x) }
          const { y, saved } = op.forward(scope, inputs, conv, bn.options(mode, x))
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
