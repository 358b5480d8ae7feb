import type { GroupNormKernels } from '@convkit/api'
import { float } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'

/** Each group as one channel of an instance: `GroupNormalization` has gamma a channel only from operator set 21 on. */
export function groupNorm(trace: Trace): Pick<GroupNormKernels<Traced>, 'forward'> {
  return {
    forward({ channels, inner, groups }, { eps }, x, gamma, beta, y) {
      const ones = trace.graph.constant(new Float32Array(groups).fill(1), [groups])
      const zeros = trace.graph.constant(new Float32Array(groups), [groups])
      const grouped = trace.images(x, [groups, (channels / groups) * inner])
      const normal = trace.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: float(eps) }, grouped.shape)
      const { shape } = trace.channels(x, channels)
      const column = [channels, ...shape.slice(2).map(() => 1)]
      const scaled = trace.node('Mul', [trace.reshape(normal, shape), trace.parameter(gamma, column)], {}, shape)
      y.value = trace.node('Add', [scaled, trace.parameter(beta, column)], {}, shape)
    },
  }
}
