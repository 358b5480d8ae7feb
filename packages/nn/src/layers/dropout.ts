import { ConfigError, checkOptions, type DropoutOptions, type OptionNames, dropout as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'

export type DropoutLayerOptions = Pick<DropoutOptions, 'p'>

export const dropoutLayerOptions: OptionNames<DropoutLayerOptions> = { p: true }

/** Drops elements with probability p in train mode, by the request's `mode.random`; the identity in test mode. */
export function dropout(options: DropoutLayerOptions): LayerSpec {
  const { p } = checkOptions('dropout', options, dropoutLayerOptions)
  return {
    kind: 'dropout',
    options: { p },
    build({ name, inputShape }) {
      if (!(p >= 0 && p < 1)) throw new ConfigError(`${name}: p must be in [0, 1), got ${p}`)
      return {
        name,
        params: [],
        buffers: [],
        outputShape: inputShape,
        hyperparameters: { p },
        forward(scope, x, { train, random }) {
          const { y, saved } = op.forward(scope, { x }, { mode: train ? 'train' : 'test', p, random })
          return { y, backward: (dy, _, wantDx) => op.backward(scope, dy, saved, { dx: wantDx }).dx }
        },
      }
    },
  }
}
