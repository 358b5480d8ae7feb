import { ConfigError, checkOptions, type OptionNames, batchNorm as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { constant, floatArray } from '../parameter.js'

/** About the standard deviation of pixels of 0..255: what `standardise` and the targets `'images'` divide by. */
export const pixelDeviation = 64

export interface StandardiseOptions {
  /** Of every channel, or of each; default 0. */
  readonly mean?: number | readonly number[]
  /** Standard deviation of every channel, or of each, above 0; default 64, which is about that of pixels of 0..255. */
  readonly deviation?: number | readonly number[]
}

export const standardiseOptions: OptionNames<StandardiseOptions> = { mean: true, deviation: true }

/** Batch norm with fixed statistics, which are its buffers. */
const fixed = { mode: 'test', eps: 0 } as const

/**
 * y = (x - mean) / deviation, channel by channel, of x (N, D) or (N, C, H, W): the first layer of a net, so that first
 * weights meet inputs of size 1. Nothing of it is trained; the buffers `mean` and `variance` (C) are saved with the model.
 * `channelStatistics` takes both options from a training set.
 */
export function standardise(options: StandardiseOptions = {}): LayerSpec {
  const { mean = 0, deviation = pixelDeviation } = checkOptions('standardise', options, standardiseOptions)
  return {
    kind: 'standardise',
    options,
    build(context) {
      const { name, inputShape, scope, dtype } = context
      const { channels } = op.dims(inputShape)
      const means = ofChannels(`${name}: mean`, mean, channels)
      const deviations = ofChannels(`${name}: deviation`, deviation, channels)
      if (deviations.some((value) => value <= 0))
        throw new ConfigError(`${name}: deviation must be above 0, got ${deviations.join()}`)
      const variances = deviations.map((value) => value * value)
      const runningMean = constant(context, `${name}.mean`, [channels], means)
      const runningVar = constant(context, `${name}.variance`, [channels], variances)
      const [gamma, beta] = [
        scope.from(floatArray(dtype, new Float64Array(channels).fill(1)), [channels]),
        scope.from(floatArray(dtype, new Float64Array(channels)), [channels]),
      ]
      const inputs = { gamma, beta, runningMean: runningMean.tensor, runningVar: runningVar.tensor }
      return {
        name,
        params: [],
        buffers: [runningMean, runningVar],
        outputShape: inputShape,
        hyperparameters: { mean: means.join(), deviation: deviations.join() },
        forward(step, x) {
          const { y, saved } = op.forward(step, { x, ...inputs }, fixed)
          const none = { dgamma: false, dbeta: false }
          return { y, backward: (dy, _, wantDx) => op.backward(step, dy, saved, { ...none, dx: wantDx }).dx }
        },
      }
    },
  }
}

function ofChannels(what: string, given: number | readonly number[], channels: number): readonly number[] {
  const values = typeof given === 'number' ? Array.from({ length: channels }, () => given) : given
  if (!Array.isArray(values) || values.length !== channels || !values.every(Number.isFinite))
    throw new ConfigError(`${what} must be a number, or one for each of ${channels} channels, got ${String(given)}`)
  return values
}
