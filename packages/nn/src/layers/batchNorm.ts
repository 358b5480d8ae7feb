import {
  type BatchNormOptions,
  ConfigError,
  checkOptions,
  type FloatTensor,
  type OptionNames,
  batchNorm as op,
  type Shape,
} from '@convkit/api'
import { GammaAndBeta } from '../gammaAndBeta.js'
import type { BuildContext, LayerSpec, Mode } from '../layer.js'
import { constant } from '../parameter.js'
import { warnOfOneValue } from './oneValue.js'

export type BatchNormLayerOptions = Omit<BatchNormOptions, 'mode'>

export const batchNormLayerOptions: OptionNames<BatchNormLayerOptions> = { eps: true, momentum: true }

/** `shape` is the input's: (1, D) or (1, C, H, W). */
export function buildBatchNorm(context: BuildContext, shape: Shape, options: BatchNormLayerOptions) {
  const { eps = 1e-5, momentum = 0.9 } = options
  const { name } = context
  if (!(eps > 0 && Number.isFinite(eps))) throw new ConfigError(`${name}: eps must be positive, got ${eps}`)
  if (!(momentum >= 0 && momentum <= 1)) throw new ConfigError(`${name}: momentum must be in [0, 1], got ${momentum}`)
  const { channels: count, inner } = op.dims(shape)
  const channels = [count]
  const norm = new GammaAndBeta(context, channels)
  const mean = constant(context, `${name}.runningMean`, channels, 0)
  const variance = constant(context, `${name}.runningVar`, channels, 1)
  return {
    norm,
    buffers: [mean, variance],
    hyperparameters: { eps, momentum },
    inputs: (x: FloatTensor) => ({ ...norm.inputs(x), runningMean: mean.tensor, runningVar: variance.tensor }),
    options(mode: Mode, { shape: [rows = 0], backend }: FloatTensor): BatchNormOptions {
      if (!backend.syncBatchNorm)
        warnOfOneValue(mode, name, rows * inner, 'channel', 'use batches of 2 images or more, or take it out')
      return { mode: mode.train ? 'train' : 'test', eps, momentum }
    },
  }
}

/**
 * Batch normalisation over all axes but the second of x (N, D) or (N, C, H, W); train mode updates the buffers. They begin with mean 0
 * and variance 1, of which momentum^k is left after k steps: at 0.9, PyTorch's 0.1, it takes 44 to come below 1 %, and a check
 * before that may tell a loss in test mode far above that in training.
 */
export function batchNorm(options: BatchNormLayerOptions = {}): LayerSpec {
  checkOptions('batchNorm', options, batchNormLayerOptions)
  return {
    kind: 'batchNorm',
    options,
    build(context) {
      const bn = buildBatchNorm(context, context.inputShape, options)
      return {
        name: context.name,
        params: bn.norm.params,
        buffers: bn.buffers,
        outputShape: context.inputShape,
        hyperparameters: bn.hyperparameters,
        forward(scope, x, mode) {
          const { y, saved } = op.forward(scope, bn.inputs(x), bn.options(mode, x))
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, bn.norm.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
