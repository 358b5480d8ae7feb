import { numbers, type Operations } from './composition.js'
import type { Data } from './dtype.js'
import { type ComposedKernel, namedStorages, type RunKernel } from './mapKernels.js'

/** Elements that are done at a time, so that what a formula needs in between stays in the cache. */
const block = 1024

/** Runs a composition on typed arrays, in double precision, rounded when results are stored. */
export function computing(kernel: ComposedKernel): RunKernel<Data> {
  const { composition, scalars, updates, writes } = kernel
  const outputs = [...updates, ...writes]
  return (call) => {
    const arrays = namedStorages(kernel, call)
    const [{ length: size }] = call.storages.filter((storage) => storage !== null)
    for (let from = 0; from < size; from += block) {
      const to = Math.min(size, from + block)
      const vectors = vectorsOf(to - from)
      const results = composition(vectors, (name) =>
        scalars.includes(name)
          ? vectors.constant(Reflect.get(Object(call.scalars), name))
          : Float64Array.from(arrays.get(name)?.subarray(from, to) ?? []),
      )
      for (const name of outputs) arrays.get(name)?.set(results[name], from)
    }
  }
}

/** The same operation on each of `length` numbers. */
function vectorsOf(length: number): Operations<Float64Array> {
  const one = (f: (x: number) => number) => (x: Float64Array) => x.map(f)
  const two = (f: (x: number, y: number) => number) => (x: Float64Array, y: Float64Array) => {
    const result = new Float64Array(length)
    for (let i = 0; i < length; i++) result[i] = f(x[i], y[i])
    return result
  }
  return {
    constant: (value) => new Float64Array(length).fill(value),
    add: two(numbers.add),
    sub: two(numbers.sub),
    mul: two(numbers.mul),
    div: two(numbers.div),
    sqrt: one(numbers.sqrt),
    sigmoid: one(numbers.sigmoid),
    softplus: one(numbers.softplus),
    tanh: one(numbers.tanh),
    sign: one(numbers.sign),
    where: (x, above, below) => x.map((value, i) => numbers.where(value, above[i], below[i])),
  }
}
