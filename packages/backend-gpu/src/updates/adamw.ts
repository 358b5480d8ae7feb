import type { AdamwKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'
import { adamStep } from './adam.js'

export const adamw: Emitters<AdamwKernels<Operand>> = {
  update(g, { size }, s, gradient, m, v, w) {
    const kept = s('1 - learningRate * weightDecay', ({ learningRate, weightDecay }) => 1 - learningRate * weightDecay)
    w.set(g.sub(g.mul(kept, w.as([size])), adamStep(g, size, s, gradient, m, v)))
  },
}
