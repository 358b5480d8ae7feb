import type { Work } from './cost.js'
import { checkSameShape, checkTensors, kernelTable } from './dispatch.js'
import { ShapeError } from './errors.js'
import type { FloatTensor } from './tensor.js'

/** w, its gradient g and each slot of state have `size` elements. */
export interface UpdateDims {
  readonly size: number
}

export type UpdateName = 'sgd' | 'sgdMomentum' | 'rmsprop' | 'adam' | 'adamw'

/** An optimizer's step on one parameter. Scalars are fed at every call, so schedules never recompile a program. */
export interface Update<Scalars extends object> {
  readonly name: UpdateName
  /** Names of the state tensors, each shaped like the parameter and zero at the start. */
  readonly slots: readonly string[]
  readonly defaults: Scalars
  /**
   * Overwrites w and its slots; `scalars` may be changed once this returns. Shapes: all like w.
   * Throws `ShapeError`, `DTypeError`, `UnsupportedError`.
   */
  update(w: FloatTensor, g: FloatTensor, slots: readonly FloatTensor[], scalars: Scalars): void
}

/** `flopsPerElement`: operations of a step on one element of a parameter. */
export function updateWork(flopsPerElement: number): Work<UpdateDims, 'update'> {
  return {
    // Every operand is shaped like the parameter.
    lengths: ({ size }) => ({ w: size, g: size, m: size, v: size }),
    flops: { update: ({ size }) => flopsPerElement * size },
  }
}

/** What is common to all updates. */
export function defineUpdate<Scalars extends object>(
  name: UpdateName,
  slots: readonly string[],
  defaults: Scalars,
): Update<Scalars> {
  return {
    name,
    slots,
    defaults,

    update(w, g, state, scalars) {
      if (state.length !== slots.length)
        throw new ShapeError(
          `${name}: wants ${slots.length} state tensors (${slots.join(', ') || 'none'}), got ${state.length}`,
        )
      const named = Object.fromEntries(slots.map((slot, i) => [slot, state[i]]))
      const dtype = checkTensors(name, w.scope, { w, g, ...named })
      for (const [label, tensor] of Object.entries({ g, ...named }))
        if (tensor) checkSameShape(name, label, tensor.shape, w.shape)
      const d = { size: w.size }
      // Every update kernel takes (dims, scalars, g, ...slots, w); only their scalars differ in type.
      const table = kernelTable(w.backend, name, dtype, d, 'update') as { update(...args: readonly unknown[]): void }
      table.update(d, { ...scalars }, g.storage, ...state.map((slot) => slot.storage), w.storage)
    },
  }
}
