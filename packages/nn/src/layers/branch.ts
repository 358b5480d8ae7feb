import { ConfigError, concat as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { sum } from '../sum.js'
import { under } from '../under.js'
import { buildSequence, checkLayers, inside } from './sequence.js'

/**
 * What several paths make of the same x, side by side along the channels; a path without layers hands x through. Layers are
 * named `branch1.path1.conv2d1`. Throws `ConfigError` where paths differ in another axis than the channels.
 */
export function branch(paths: readonly (readonly LayerSpec[])[]): LayerSpec {
  if (!Array.isArray(paths) || paths.length === 0)
    throw new ConfigError(`branch: wanted a list of paths, like [[], [relu()]], got ${String(paths)}`)
  for (const path of paths) checkLayers('branch: path', path)
  return {
    kind: 'branch',
    args: [paths],
    build(context) {
      const { name } = context
      const own = paths.map((_, i) => `path${i + 1}`)
      const built = paths.map((path, i) => buildSequence(path, { ...context, name: inside(name, own[i]) }))
      const [first, ...others] = built.map(({ outputShape }) => outputShape)
      const outputShape = others.reduce((shape, other) => {
        op.dims(shape, other)
        return shape.with(1, shape[1] + other[1])
      }, first)
      return {
        name,
        layers: built.flatMap(({ layers }) => layers),
        params: built.flatMap(({ params }) => params),
        buffers: built.flatMap(({ buffers }) => buffers),
        outputShape,
        hyperparameters: Object.assign(
          { paths: paths.length },
          ...built.map(({ hyperparameters = {} }, i) => under(own[i], hyperparameters)),
        ),
        forward(scope, x, mode) {
          const passes = built.map((path) => path.forward(scope, x, mode))
          const [first, ...others] = passes
          let { y } = first
          const joints = others.map(({ y: z }) => {
            const joint = op.forward(scope, { x: y, z })
            y = joint.y
            return joint.saved
          })
          return {
            y,
            backward(dy, gradient, wantDx) {
              let left = dy
              const parts = joints.toReversed().map((saved) => {
                const { dx, dz } = op.backward(scope, left, saved)
                left = dx
                return dz
              })
              const slices = [...parts, left].reverse()
              const dxs = passes.map((pass, i) => pass.backward(slices[i], gradient, wantDx))
              return dxs.reduce((total, dx) => total && dx && sum(scope, total, dx))
            },
          }
        },
      }
    },
  }
}
