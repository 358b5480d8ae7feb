import { isComposed, type KernelTables, makeKernels, type Operations } from '@convkit/api'
import type { Value } from '@convkit/onnx'
import type { Trace, Traced } from './trace.js'

/** Forward passes of everything that has a composition, node by node. */
export function composed(trace: Trace): KernelTables<Traced> {
  return makeKernels<Traced>((kernel) => {
    if (!isComposed(kernel) || kernel.method !== 'forward') return undefined
    const { composition, operands } = kernel
    return ({ storages }) => {
      const named = new Map(operands.map((name, i) => [name, storages[i]]))
      const results = composition(operationsOn(trace), (name) => {
        const operand = named.get(name)
        if (!operand) throw new Error(`${kernel.name} has no operand ${name}`)
        return trace.activation(operand)
      })
      for (const [name, value] of Object.entries(results)) Object.assign(named.get(name) ?? {}, { value })
    }
  })
}

function operationsOn(trace: Trace): Operations<Value> {
  const one = (op: string) => (a: Value) => trace.node(op, [a], {}, a.shape)
  // A constant has no axes.
  const two = (op: string) => (a: Value, b: Value) =>
    trace.node(op, [a, b], {}, a.shape.length > b.shape.length ? a.shape : b.shape)
  return {
    constant: (value) => trace.graph.constant(Float32Array.of(value), []),
    add: two('Add'),
    sub: two('Sub'),
    mul: two('Mul'),
    div: two('Div'),
    sqrt: one('Sqrt'),
    sigmoid: one('Sigmoid'),
    sign: one('Sign'),
  }
}
