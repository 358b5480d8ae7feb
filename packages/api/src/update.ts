import type { UpdateDefinition } from './defineUpdate.js'
import { checkTensors, kernelTable } from './dispatch.js'
import { ShapeError } from './errors.js'
import { checkName } from './kernels.js'
import { checkSameShape } from './shape.js'
import type { FloatTensor } from './tensor.js'

/** An optimizer's step on one parameter. Scalars are fed at every call, so schedules never recompile a program. */
export interface Update<Scalars extends object, Name extends string = string> {
  readonly name: Name
  /** Names of the state tensors, each shaped like the parameter and zero at the start. */
  readonly slots: readonly string[]
  readonly defaults: Scalars
  /**
   * Overwrites w and its slots; `scalars` may be changed once this returns. Shapes: all like w.
   * Throws `ShapeError`, `DTypeError`, `UnsupportedError`.
   */
  update(w: FloatTensor, g: FloatTensor, slots: readonly FloatTensor[], scalars: Scalars): void
}

/** The step that a definition says, on tensors. */
export function updateOf<U extends UpdateDefinition>(definition: U): Update<U['defaults'], U['name']> {
  checkName(definition)
  const { name, slots, defaults } = definition
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
      const table = kernelTable<UpdateDefinition>(w.backend, definition, dtype, d, 'update')
      table.update(d, { ...scalars }, g.storage, ...state.map((tensor) => tensor.storage), w.storage)
    },
  }
}
