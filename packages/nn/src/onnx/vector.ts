import type { VectorKernels } from '@convkit/api'
import type { Value } from '@convkit/onnx'
import type { Trace, Traced } from './trace.js'

/** What layers are put together with. */
export function vector(trace: Trace): Pick<VectorKernels<Traced>, 'copy' | 'scale' | 'addScaled' | 'multiply'> {
  const times = (x: Value, a: number) =>
    a === 1 ? x : trace.node('Mul', [x, trace.graph.constant(Float32Array.of(a), [])], {}, x.shape)
  const like = (x: Traced, y: Value) => trace.reshape(trace.activation(x), y.shape)
  return {
    copy(_, x, y) {
      y.value = trace.activation(x)
    },
    scale(_, { a }, y) {
      y.value = times(trace.activation(y), a)
    },
    addScaled(_, { a }, x, y) {
      const value = trace.activation(y)
      y.value = trace.node('Add', [value, times(like(x, value), a)], {}, value.shape)
    },
    multiply(_, x, m, y) {
      const value = trace.activation(x)
      y.value = trace.node('Mul', [value, like(m, value)], {}, value.shape)
    },
  }
}
