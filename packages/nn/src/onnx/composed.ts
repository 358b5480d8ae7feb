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
    const operations = operationsOn(trace)
    const results = kernel.composition(operations, (name) => {
      if (kernel.scalars.includes(name)) return operations.constant(Reflect.get(Object(call.scalars), name))
      const traced = named.get(name)
      if (!traced) throw new Error(`${kernel.name} has neither an operand nor a scalar ${name}`)
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
  const constant = (value: number) => trace.graph.constant(Float32Array.of(value), [])
  const choice = (greater: Value, than: Value, yes: Value, no: Value) => {
    const shape = [greater, than, yes, no].map((value) => value.shape).reduce((a, b) => (a.length > b.length ? a : b))
    const [condition] = trace.graph.node('Greater', [greater, than], {}, [{ dtype: 'bool', shape }])
    return trace.node('Where', [condition, yes, no], {}, shape)
  }
  return {
    constant,
    add: two('Add'),
    sub: two('Sub'),
    mul: two('Mul'),
    div: two('Div'),
    sqrt: one('Sqrt'),
    sigmoid: one('Sigmoid'),
    softplus: one('Softplus'),
    tanh: one('Tanh'),
    sign: one('Sign'),
    /** a itself where it is NaN. */
    where: (a, above, below) => choice(a, constant(0), above, choice(constant(1), a, below, a)),
  }
}
