import type { Kernels } from '@convkit/api'
import * as tf from '@tensorflow/tfjs-core'
import { type Box, held, type Line, put } from './box.js'

/** One step of an optimizer of the library, which is given its state as a saved model gives it. */
async function step(
  optimizer: tf.Optimizer,
  w: Box,
  g: Box,
  { slots, steps = 0, extra = 0 }: { readonly slots: readonly Box[]; readonly steps?: number; readonly extra?: number },
): Promise<void> {
  const named = (name: string, tensor: tf.Tensor) => ({ name, tensor })
  const shape: [number] = [w.length]
  const [variable, gradient] = [tf.variable(tf.tidy(() => held(w, shape))), tf.tidy(() => held(g, shape))]
  const state = [
    named('iter', tf.scalar(steps, 'int32')),
    ...slots.map((slot, i) =>
      named(
        `slot${i}`,
        tf.tidy(() => held(slot, shape)),
      ),
    ),
    ...Array.from({ length: extra }, (_, i) => named(`extra${i}`, tf.zeros(shape))),
  ]
  if (state.length > 1) await optimizer.setWeights(state)
  optimizer.applyGradients([named(variable.name, gradient)])
  const after = await optimizer.getWeights()
  for (const [i, slot] of slots.entries()) put(slot, tf.clone(after[i + 1]?.tensor ?? gradient))
  put(w, tf.clone(variable as tf.Tensor))
  for (const one of [variable, gradient, optimizer]) one.dispose()
  for (const { tensor } of state) tensor.dispose()
  after[0]?.tensor.dispose()
}

export function sgdKernels({ then }: Line): Kernels<Box>['sgd'] {
  return { update: (_, s, g, w) => then(() => step(tf.train.sgd(s.learningRate), w, g, { slots: [] })) }
}

export function sgdMomentumKernels({ then }: Line): Kernels<Box>['sgdMomentum'] {
  return {
    update: (_, s, g, v, w) => then(() => step(tf.train.momentum(s.learningRate, s.momentum), w, g, { slots: [v] })),
  }
}

/** Its momentum, which we have not, is one more slot. */
export function rmspropKernels({ then }: Line): Kernels<Box>['rmsprop'] {
  return {
    update: (_, s, g, v, w) =>
      then(() => step(tf.train.rmsprop(s.learningRate, s.decayRate, 0, s.epsilon), w, g, { slots: [v], extra: 1 })),
  }
}

export function adamKernels({ then }: Line): Kernels<Box>['adam'] {
  return {
    update: (_, s, g, m, v, w) =>
      then(() =>
        step(tf.train.adam(s.learningRate, s.beta1, s.beta2, s.epsilon), w, g, { slots: [m, v], steps: s.step - 1 }),
      ),
  }
}
