import {
  type Attributes,
  type ConstantData,
  createGraph,
  type ElementType,
  float,
  type Graph,
  type Model,
  type Value as OnnxValue,
} from '@convkit/onnx'
import type { Forms } from './providers/provider.js'

/** A value of a graph whose shape is known. */
export type Value = OnnxValue<number>

/** How many elements to add at the start and the end of each axis; negative to take away. */
export interface Padding {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The operators that layers are written in. Shapes are computed here, so that a graph has static ones throughout. */
export class Builder {
  readonly forms: Forms
  readonly graph: Graph
  readonly #constants: Map<string, Value>
  readonly #drawn = new Map<string, Value>()

  constructor(forms: Forms, graph: Graph = createGraph({ opset: forms.opset }), constants = new Map<string, Value>()) {
    this.forms = forms
    this.graph = graph
    this.#constants = constants
  }

  input(name: string, dtype: ElementType, shape: readonly number[]): Value {
    return this.graph.input(name, dtype, shape)
  }

  /** Any operator with one output. What was drawn before, on the same inputs, is not drawn again. */
  op(
    type: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes,
    shape: readonly number[],
    dtype: ElementType = 'float32',
  ): Value {
    const key = `${type} ${inputs.map((input) => input?.name)} ${JSON.stringify(attributes)} ${shape}`
    const known = this.#drawn.get(key)
    if (known) return known
    const [value] = this.graph.node(type, inputs, attributes, [{ dtype, shape }])
    this.#drawn.set(key, value)
    return value
  }

  /** A constant; equal ones are one initializer. */
  constant(data: ConstantData, shape: readonly number[]): Value {
    const key = `${data.constructor.name} ${shape} ${data}`
    const known = this.#constants.get(key)
    if (known) return known
    const value = this.graph.constant(data, shape)
    this.#constants.set(key, value)
    return value
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), [1])
  }

  ints(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length])
  }

  add(a: Value, b: Value): Value {
    return this.#elementwise('Add', a, b)
  }

  sub(a: Value, b: Value): Value {
    return this.#elementwise('Sub', a, b)
  }

  mul(a: Value, b: Value): Value {
    return this.#elementwise('Mul', a, b)
  }

  div(a: Value, b: Value): Value {
    return this.#elementwise('Div', a, b)
  }

  max(a: Value, b: Value): Value {
    return this.#elementwise('Max', a, b)
  }

  equal(a: Value, b: Value): Value {
    return this.#elementwise('Equal', a, b, 'bool')
  }

  greater(a: Value, b: Value): Value {
    return this.#elementwise('Greater', a, b, 'bool')
  }

  lessOrEqual(a: Value, b: Value): Value {
    return this.#elementwise('LessOrEqual', a, b, 'bool')
  }

  and(a: Value, b: Value): Value {
    return this.#elementwise('And', a, b, 'bool')
  }

  or(a: Value, b: Value): Value {
    return this.#elementwise('Or', a, b, 'bool')
  }

  not(a: Value): Value {
    return this.op('Not', [a], {}, a.shape, 'bool')
  }

  /** a where the condition holds, else b. */
  where(condition: Value, a: Value, b: Value): Value {
    return this.op('Where', [condition, a, b], {}, broadcast(condition.shape, broadcast(a.shape, b.shape)), a.dtype)
  }

  isNaN(a: Value): Value {
    return this.op('IsNaN', [a], {}, a.shape, 'bool')
  }

  unary(type: 'Exp' | 'Log' | 'Sqrt' | 'Neg' | 'Relu', a: Value): Value {
    return this.op(type, [a], {}, a.shape)
  }

  /** a b + c of matrices, each transposed first where the attributes say so; c (M) is added to every row. */
  gemm(
    a: Value,
    b: Value,
    c: Value | null = null,
    { transA = 0, transB = 0 }: { readonly transA?: 0 | 1; readonly transB?: 0 | 1 } = {},
  ): Value {
    const attributes = { alpha: float(1), beta: float(1), transA, transB }
    return this.op('Gemm', c ? [a, b, c] : [a, b], attributes, [a.shape[transA], b.shape[1 - transB]])
  }

  matmul(a: Value, b: Value): Value {
    return this.op('MatMul', [a, b], {}, [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]])
  }

  /** The same elements under another shape. */
  reshape(a: Value, shape: readonly number[]): Value {
    if (sameShape(a.shape, shape)) return a
    return this.op('Reshape', [a, this.ints(shape)], this.forms.opset < 14 ? {} : { allowzero: 0 }, shape, a.dtype)
  }

  transpose(a: Value, perm: readonly number[]): Value {
    return this.op(
      'Transpose',
      [a],
      { perm },
      perm.map((axis) => a.shape[axis]),
      a.dtype,
    )
  }

  expand(a: Value, shape: readonly number[]): Value {
    return this.op('Expand', [a, this.ints(shape)], {}, shape, a.dtype)
  }

  concat(parts: readonly Value[], axis: number): Value {
    const [first] = parts
    if (parts.length === 1) return first
    const shape = first.shape.map((length, i) =>
      i === axis ? parts.reduce((sum, part) => sum + part.shape[axis], 0) : length,
    )
    return this.op('Concat', parts, { axis }, shape, first.dtype)
  }

  /** Elements start, start + step, ... of each axis, `counts` of them. */
  slice(
    a: Value,
    starts: readonly number[],
    counts: readonly number[],
    steps: readonly number[] = counts.map(() => 1),
  ): Value {
    const axes = a.shape.map((_, i) => i).filter((i) => counts[i] !== a.shape[i])
    if (axes.length === 0) return a
    const of = (values: (axis: number) => number) => this.ints(axes.map(values))
    const ends = of((i) => starts[i] + (counts[i] - 1) * steps[i] + 1)
    const inputs = [a, of((i) => starts[i]), ends, this.ints(axes), of((i) => steps[i])]
    return this.op('Slice', inputs, {}, counts, a.dtype)
  }

  /** Adds `value` around a; negative numbers of elements are cut off. */
  pad(a: Value, { before, after }: Padding, value: number | null = 0): Value {
    const cut = this.slice(
      a,
      before.map((count) => Math.max(0, -count)),
      a.shape.map((length, i) => length + Math.min(0, before[i]) + Math.min(0, after[i])),
    )
    const grow = [...before, ...after].map((count) => Math.max(0, count))
    if (grow.every((count) => count === 0)) return cut
    const shape = cut.shape.map((length, i) => length + grow[i] + grow[i + before.length])
    const filling = value === null ? null : this.constant(Float32Array.of(value), [])
    return this.op('Pad', [cut, this.ints(grow), filling], { mode: 'constant' }, shape, a.dtype)
  }

  /** Sum, sum of squares, mean or maximum over axes, which stay with length 1. */
  reduce(type: 'ReduceSum' | 'ReduceSumSquare' | 'ReduceMean' | 'ReduceMax', a: Value, axes: readonly number[]): Value {
    const shape = a.shape.map((length, i) => (axes.includes(i) ? 1 : length))
    const byInput = this.forms.opset >= (type === 'ReduceSum' ? 13 : 18)
    if (!byInput) return this.op(type, [a], { axes, keepdims: 1 }, shape)
    const attributes = this.forms.opset >= 18 || type === 'ReduceSum' ? { noop_with_empty_axes: 0 } : {}
    return this.op(type, [a, this.ints(axes)], { keepdims: 1, ...attributes }, shape)
  }

  #elementwise(type: string, a: Value, b: Value, dtype: ElementType = a.dtype): Value {
    return this.op(type, [a, b], {}, broadcast(a.shape, b.shape), dtype)
  }
}

/** The graph as bytes. Nodes that no output needs are left out; `lower` writes the others in a provider's own operators. */
export function encode(graph: Model, lower: (graph: Model) => Model = (graph) => graph): Uint8Array {
  prune(graph)
  return lower(graph).encode()
}

/** Gives back what the graph uses, which a subgraph may have from around it. */
function prune(graph: Graph): Set<OnnxValue> {
  const needed = new Set<OnnxValue>(graph.outputs)
  const kept = graph.nodes
    .toReversed()
    .filter(({ inputs, outputs, attributes }) => {
      if (!outputs.some((value) => needed.has(value))) return false
      for (const input of inputs) if (input) needed.add(input)
      const { body } = attributes
      if (typeof body === 'object' && 'nodes' in body) for (const value of prune(body)) needed.add(value)
      return true
    })
    .reverse()
  graph.nodes.splice(0, graph.nodes.length, ...kept)
  return needed
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i])
}

function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => Math.max(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1))
}
