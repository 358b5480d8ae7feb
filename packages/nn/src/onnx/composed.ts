import {
  type ComposedKernel,
  isComposed,
  type KernelTables,
  makeKernels,
  namedStorages,
  type Operations,
  type RunKernel,
} from '@convkit/api'
import type { Value } from '@convkit/onnx'
import type { Trace, Traced } from './trace.js'

/** Forward passes of everything that has a composition. */
export function composed(trace: Trace): KernelTables<Traced> {
  return makeKernels<Traced>((kernel) =>
    isComposed(kernel) && kernel.method === 'forward' ? drawing(trace, kernel) : undefined,
  )
}

/** A composition, node by node. */
export function drawing(trace: Trace, kernel: ComposedKernel): RunKernel<Traced> {
  return (call) => {
    const named = namedStorages(kernel, call)
    const results = kernel.composition(operationsOn(trace), (operand) => {
      const traced = named.get(operand)
      if (!traced) throw new Error(`${kernel.name} has no operand ${operand}`)
      return trace.activation(traced)
    })
    for (const [output, value] of Object.entries(results)) Object.assign(named.get(output) ?? {}, { value })
  }
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
    softplus: one('Softplus'),
    sign: one('Sign'),
  }
}
