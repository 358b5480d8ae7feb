import type { GroupNormKernels } from '@convkit/api'
import { float, type Value } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'

/** `GroupNormalization` has gamma a channel only from operator set 21 on. */
export function groupNorm(trace: Trace): Pick<GroupNormKernels<Traced>, 'forward'> {
  return {
    forward({ channels, inner, groups }, { eps }, x, gamma, beta, y) {
      const { shape } = trace.channels(x, channels)
      const grouped = trace.images(x, [groups, (channels / groups) * inner])
      const column = [channels, ...shape.slice(2).map(() => 1)]
      const scaled = trace.node(
        'Mul',
        [normalized(trace, grouped, eps, shape), trace.parameter(gamma, column)],
        {},
        shape,
      )
      y.value = trace.node('Add', [scaled, trace.parameter(beta, column)], {}, shape)
    },
  }
}

/** Each group of (batch, groups, size) as one channel of an instance, then in this shape. */
export function normalized(trace: Trace, grouped: Value, eps: number, shape: Value['shape']): Value {
  const groups = Number(grouped.shape[1])
  const ones = trace.graph.constant(new Float32Array(groups).fill(1), [groups])
  const zeros = trace.graph.constant(new Float32Array(groups), [groups])
  const normal = trace.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: float(eps) }, grouped.shape)
  return trace.reshape(normal, shape)
}
