import { checkOptions, type OptionNames, affine as op, sizeOf } from '@convkit/api'
import { checkCounts } from '../check.js'
import type { BuildContext, LayerSpec } from '../layer.js'
import { WeightAndBias, type WeightOptions, weightOptions } from '../weightAndBias.js'

export interface AffineLayerOptions extends WeightOptions {
  /** Width of the output. */
  readonly units: number
}

export const affineOptions: OptionNames<AffineLayerOptions> = { units: true, ...weightOptions }

export function buildAffine(context: BuildContext, options: AffineLayerOptions) {
  const { units } = options
  checkCounts(context.name, { units })
  const inSize = sizeOf(context.inputShape.slice(1))
  const diagonal = Array.from({ length: Math.min(inSize, units) }, (_, i) => i * units + i)
  const fans = {
    shape: [inSize, units],
    outputs: units,
    fanIn: inSize,
    fanOut: units,
    diagonal,
    outputOf: (at: number) => at % units,
  }
  return { weights: new WeightAndBias(context, fans, options), outputShape: [1, units] }
}

/** x (N, ...) -> y (N, units), with every axis of x but the first flattened into D; w (D, units). */
export function affine(options: AffineLayerOptions): LayerSpec {
  checkOptions('affine', options, affineOptions)
  return {
    kind: 'affine',
    options,
    build(context) {
      const { weights, outputShape } = buildAffine(context, options)
      return {
        name: context.name,
        params: weights.params,
        hyperparameters: weights.hyperparameters,
        buffers: weights.buffers,
        outputShape,
        forward(scope, x) {
          const { y, saved } = op.forward(scope, weights.inputs(x))
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, weights.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
