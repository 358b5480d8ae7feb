import { ConfigError, checkOptions, type FloatTensor, type OptionNames, type Scope, vector } from '@convkit/api'
import type { LayerSpec } from '../layer.js'

export interface ScaleLayerOptions {
  readonly factor: number
}

export const scaleLayerOptions: OptionNames<ScaleLayerOptions> = { factor: true }

/** y = factor * x, on any shape: a number that is chosen, not learned. */
export function scale(options: ScaleLayerOptions): LayerSpec {
  const { factor } = checkOptions('scale', options, scaleLayerOptions)
  return {
    kind: 'scale',
    options: { factor },
    build({ name, inputShape }) {
      if (!Number.isFinite(factor)) throw new ConfigError(`${name}: factor must be a finite number, got ${factor}`)
      const scaled = (scope: Scope, x: FloatTensor) => {
        const y = scope.alloc(x.shape, x.dtype)
        vector.copy(x, y)
        vector.scale(y, factor)
        return y
      }
      return {
        name,
        params: [],
        buffers: [],
        outputShape: inputShape,
        hyperparameters: { factor },
        forward: (scope, x) => ({
          y: scaled(scope, x),
          backward: (dy, _, wantDx) => (wantDx ? scaled(scope, dy) : null),
        }),
      }
    },
  }
}
