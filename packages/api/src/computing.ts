import { numbers, type Operations } from './composition.js'
import type { Data } from './dtype.js'
import type { ComposedKernel, RunKernel } from './mapKernels.js'

/** Elements that are done at a time, so that what a formula needs in between stays in the cache. */
const block = 1024

/**
 * Runs a composition on typed arrays, in double precision, rounded when results are stored; `operations` where others than
 * the right ones are wanted.
 */
export function computing(
  { composition, scalars, operands, updates, writes }: ComposedKernel,
  operations: Operations<number> = numbers,
): RunKernel<Data> {
  const outputs = [...updates, ...writes]
  return (call) => {
    const arrays = new Map(operands.map((name, i) => [name, call.storages[i]]))
    const size = call.storages.find((storage) => storage !== null)?.length ?? 0
    for (let from = 0; from < size; from += block) {
      const to = Math.min(size, from + block)
      const vectors = vectorsOf(to - from, operations)
      const results = composition(vectors, (name) =>
        scalars.includes(name)
          ? vectors.constant(Reflect.get(Object(call.scalars), name))
          : Float64Array.from(arrays.get(name)?.subarray(from, to) ?? []),
      )
      for (const name of outputs) arrays.get(name)?.set(results[name] ?? [], from)
    }
  }
}

/** The same operation on each of `length` numbers. */
function vectorsOf(length: number, operations: Operations<number>): Operations<Float64Array> {
  const one = (f: (x: number) => number) => (x: Float64Array) => x.map(f)
  const two = (f: (x: number, y: number) => number) => (x: Float64Array, y: Float64Array) => {
    const result = new Float64Array(length)
    for (let i = 0; i < length; i++) result[i] = f(x[i], y[i])
    return result
  }
  return {
    constant: (value) => new Float64Array(length).fill(operations.constant(value)),
    add: two(operations.add),
    sub: two(operations.sub),
    mul: two(operations.mul),
    div: two(operations.div),
    sqrt: one(operations.sqrt),
    sigmoid: one(operations.sigmoid),
    sign: one(operations.sign),
  }
}
