import { adam, adamw, rmsprop, sgd, sgdMomentum, type Update } from '@convkit/api'
import { input, number } from './case.js'
import type { Runner } from './run.js'

/** Each optimizer: as many steps as there are gradients. */
export const optimizers: { readonly [name: string]: Runner } = {
  sgd: steps(sgd),
  sgdMomentum: steps(sgdMomentum),
  rmsprop: steps(rmsprop),
  adam: steps(adam),
  adamw: steps(adamw),
}

/**
 * State starts at `in.<slot>`, or at zero where the file has none, and the first step has the number `step`, or 1.
 * Beside the parameters, the state after the last step comes out.
 */
function steps<Scalars extends object>(optimizer: Update<Scalars>): Runner {
  return async ({ case: c, tensor, optional, from }) => {
    const w = tensor('w')
    const slots = optimizer.slots.map((slot) => optional(slot) ?? from(new Float64Array(w.size), w.shape))
    const grads = input(c, 'in.grads').data
    const count = grads.length / w.size
    const scalars = { ...optimizer.defaults }
    for (const name of Object.keys(scalars)) if (name !== 'step') Object.assign(scalars, { [name]: number(c, name) })
    const first = typeof c.attrs.step === 'number' ? c.attrs.step : 1
    const after = new Float64Array(grads.length)
    for (let k = 0; k < count; k++) {
      const g = from(grads.slice(k * w.size, (k + 1) * w.size), w.shape)
      optimizer.update(w, g, slots, { ...scalars, step: first + k })
      after.set(await w.read(), k * w.size)
    }
    return { 'out.w': after, ...Object.fromEntries(optimizer.slots.map((slot, i) => [`out.${slot}`, slots[i] ?? w])) }
  }
}
