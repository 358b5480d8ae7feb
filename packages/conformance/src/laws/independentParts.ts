import type { Case, NdArray, Results } from '../core/case.js'
import { gather } from '../core/gather.js'
import { changed, inputOf } from '../core/inputs.js'
import { shuffle } from '../core/shuffle.js'
import type { Law } from '../core/spec.js'
import { related } from './relation.js'

/** Names of arrays, each with the axis that runs over the parts. */
export type Axes = { readonly [name: string]: number }

/**
 * Results of half of the parts (images, rows, channels, elements), computed without the others and in another order, are
 * what they are among all. `dy` goes with the inputs. The first input tells how many parts there are.
 */
export function independentParts(name: string, parts: string, inputs: Axes, results: Axes): Law {
  return related(name, `${parts} do not see one another, nor their order`, (c) => {
    const [first, axis] = Object.entries(inputs)[0]
    const count = inputOf(c, first).shape[axis]
    const chosen = shuffle(count).order.slice(0, Math.ceil(count / 2))
    const { dy, ...arrays } = takeAll({ ...c.inputs, ...(c.dy ? { dy: c.dy } : {}) }, inputs, chosen)
    return {
      other: changed(c, { inputs: arrays, dy }),
      carry: (r) => takeAll(r, results, null),
      here: (r) => takeAll(r, results, chosen),
    }
  })
}

function takeAll(arrays: Case['inputs'], axes: Axes, chosen: Int32Array | null): Results {
  return Object.fromEntries(
    Object.entries(axes).flatMap(([name, axis]) => {
      const array = arrays[name]
      return array ? [[name, chosen ? take(array, axis, chosen) : array]] : []
    }),
  )
}

/** Those entries of one axis, in that order. */
export function take(source: NdArray, axis: number, chosen: Int32Array): NdArray {
  const shape = source.shape.map((length, k) => (k === axis ? chosen.length : length))
  return gather(source, shape, (index) => index.map((at, k) => (k === axis ? chosen[at] : at)))
}
