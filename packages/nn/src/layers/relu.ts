import { relu as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'

/** y = max(0, x), on any shape. */
export function relu(): LayerSpec {
  return {
    kind: 'relu',
    options: {},
    build: ({ name, inputShape }) => ({
      name,
      params: [],
      buffers: [],
      outputShape: inputShape,
      forward(scope, x) {
        const { y, saved } = op.forward(scope, { x })
        return { y, backward: (dy, _, wantDx) => op.backward(scope, dy, saved, { dx: wantDx }).dx }
      },
    }),
  }
}
