import type { NdArray, Results } from '../core/case.js'
import { permute } from '../core/gather.js'
import { shuffle } from '../core/shuffle.js'
import type { Law } from '../core/spec.js'
import { related } from './relation.js'

/**
 * Images of a batch do not see one another: shuffling `inputs` shuffles `outputs` and leaves the `sums` over the batch.
 */
export function batchOrder(names: {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly sums: readonly string[]
}): Law {
  return related('batch order', 'shuffling the batch shuffles the outputs and leaves what is summed over it', (c) => {
    const n = c.inputs[names.inputs[0] ?? '']?.shape[0] ?? 1
    const { order, back } = shuffle(n)
    const shuffled: { [name: string]: NdArray } = { ...c.inputs }
    for (const name of names.inputs) {
      const array = c.inputs[name]
      if (array) shuffled[name] = permute(array, 0, order)
    }
    return {
      other: { ...c, inputs: shuffled, ...(c.dy ? { dy: permute(c.dy, 0, order) } : {}) },
      carry(results: Results) {
        const carried: { [name: string]: NdArray } = {}
        for (const name of [...names.outputs, ...names.sums]) {
          const array = results[name]
          if (array) carried[name] = names.outputs.includes(name) ? permute(array, 0, back) : array
        }
        return carried
      },
    }
  })
}
