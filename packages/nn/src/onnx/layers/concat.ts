import { type ConcatKernels, UnsupportedError } from '@convkit/api'
import type { Dimension } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'

export function concat(trace: Trace): Pick<ConcatKernels<Traced>, 'forward'> {
  return {
    forward({ n, left, right }, x, z, y) {
      if (n !== 1) throw new UnsupportedError('a layer gets the batch axis among the others')
      const values = [trace.activation(x), trace.activation(z)]
      const [first, second] = values.map(({ shape }) => shape.slice(2).join())
      // In the shape that they have, so that a reader sees images.
      const inputs = first === second ? values : [trace.images(x, [left]), trace.images(z, [right])]
      const [batch, , ...rest] = inputs[0].shape
      const channels = inputs.reduce((sum, { shape }) => sum + length(shape[1]), 0)
      y.value = trace.node('Concat', inputs, { axis: 1 }, [batch, channels, ...rest])
    },
  }
}

function length(dimension: Dimension): number {
  if (typeof dimension === 'number') return dimension
  throw new Error(`axis 1 has the batch's length, ${dimension}`)
}
