import { ConfigError, checkOptions, formatShape, type OptionNames } from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { sum } from '../sum.js'
import { under } from '../under.js'
import { buildSequence, checkLayers, inside } from './sequence.js'

export interface ResidualOptions {
  /** What x passes on its way to the sum; default nothing, so that x itself is added. */
  readonly shortcut?: readonly LayerSpec[]
}

const residualOptions: OptionNames<ResidualOptions> = { shortcut: true }

/**
 * y = body(x) + shortcut(x) (He et al. 2016). Layers of the body are named `residual1.conv2d1`, of the shortcut
 * `residual1.shortcut.conv2d1`. Throws `ConfigError` where the two differ in shape.
 */
export function residual(body: readonly LayerSpec[], options: ResidualOptions = {}): LayerSpec {
  checkLayers('residual', body)
  const { shortcut = [] } = checkOptions('residual', options, residualOptions)
  checkLayers('residual: shortcut', shortcut)
  return {
    kind: 'residual',
    args: shortcut.length > 0 ? [body, { shortcut }] : [body],
    build(context) {
      const { name } = context
      const main = buildSequence(body, context)
      const side = buildSequence(shortcut, { ...context, name: inside(name, 'shortcut') })
      const { outputShape } = main
      if (formatShape(outputShape) !== formatShape(side.outputShape))
        throw new ConfigError(
          `${name}: a sum wants equal shapes, but the body gives ${formatShape(outputShape)} an image and the shortcut ${formatShape(side.outputShape)}`,
        )
      return {
        name,
        layers: [...main.layers, ...side.layers],
        params: [...main.params, ...side.params],
        buffers: [...main.buffers, ...side.buffers],
        outputShape,
        hyperparameters: { ...main.hyperparameters, ...under('shortcut', side.hyperparameters ?? {}) },
        forward(scope, x, mode) {
          const [a, b] = [main.forward(scope, x, mode), side.forward(scope, x, mode)]
          return {
            y: sum(scope, a.y, b.y),
            backward(dy, gradient, wantDx) {
              const [da, db] = [a, b].map((pass) => pass.backward(dy, gradient, wantDx))
              return da && db ? sum(scope, da, db) : null
            },
          }
        },
      }
    },
  }
}
