import { sizeOf } from '@convkit/api'
import { type Attributes, createGraph, type Model, type Node, type Value as OnnxValue } from '@convkit/onnx'
import { Builder, type Value } from '../../builder.js'
import type { Forms } from '../provider.js'

/** Of Cast. */
const float = 1

/** Operators that find elements by their coordinates, wherever these lie in the texture; the others assume its layout. */
const byCoordinates: ReadonlySet<string> = new Set([
  'Concat',
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'MaxPool',
  'ReduceMax',
  'ReduceMean',
  'ReduceSum',
  'ReduceSumSquare',
  'Reshape',
  'Slice',
  'Transpose',
])

/**
 * A graph in the operators for which onnxruntime-web has WebGL kernels, and around what these get wrong:
 *
 * - `Reshape` gives a view of the same texture, in which operators on elements then look in the wrong places. Where the
 *   layouts differ, a `Transpose` that exchanges nothing copies the elements to their places.
 * - `Conv` of one group takes its weights from the host, and reads others wrongly. Done twice over, as two groups, it is
 *   another kernel, which does not.
 * - Nodes that it would leave out (an `Identity`, a `Relu` that it merges with the `Conv` before it) make it mistake one
 *   output for another. A `Transpose` takes their place, or keeps them apart.
 * - Of nodes with operands of equal shapes it compiles only one, if all that tells them apart are the attributes of `Gemm`
 *   or the repeats of `Tile`. `MatMul` and `Add` have none.
 * - There are no integers, and no `Where`, `Max`, `LessOrEqual` and `Expand`.
 */
export function lower(source: Model, forms: Forms): Model {
  return new Lowering(source, forms).target
}

class Lowering {
  readonly target: Model
  readonly #g: Builder
  readonly #values = new Map<OnnxValue, Value>()
  readonly #zeros: ReadonlySet<OnnxValue>
  readonly #weights: ReadonlyMap<OnnxValue, Value>
  /** What comes out of a `Conv`. */
  readonly #convolved = new Set<Value>()
  /** The layouts of the textures that views stand in. */
  readonly #layouts = new Map<Value, string>()
  readonly #copies = new Map<Value, Value>()

  constructor(source: Model, forms: Forms) {
    this.target = createGraph({ opset: forms.opset, name: source.name })
    this.#g = new Builder(forms, this.target)
    this.#zeros = new Set(source.constants.flatMap(({ value, data }) => (data.every(isZero) ? [value] : [])))
    for (const value of source.inputs) {
      const dtype = value.dtype === 'int32' ? 'float32' : value.dtype
      this.#values.set(value, this.target.input(value.name, dtype, shapeOf(value)))
    }
    for (const { value, data } of source.constants) {
      const known = value.dtype === 'int32' ? Float32Array.from<number | bigint>(data, Number) : data
      this.#values.set(value, this.#g.constant(known, shapeOf(value)))
    }
    this.#weights = this.#constantWeights(source)
    for (const node of source.nodes) this.#values.set(node.outputs[0], this.#node(node))
    const made = new Set(this.target.nodes.map(({ outputs }) => outputs[0]))
    const given = new Map<Value, Value>()
    for (const output of source.outputs) {
      const value = this.#of(output)
      // A value can be one output, and only if a node gives it. Equal nodes are one, so the next copy is of the last.
      const result = made.delete(value) ? value : this.#copy(given.get(value) ?? value)
      given.set(value, result)
      this.target.output(result, output.name)
    }
  }

  /** Those that are constant, each once more for itself: they reach the device as `Conv` wants them, and it alone. */
  #constantWeights({ constants, nodes }: Model): ReadonlyMap<OnnxValue, Value> {
    const used = new Set(nodes.flatMap(({ op, inputs }) => (op === 'Conv' ? [inputs[1]] : [])))
    return new Map(
      constants
        .filter(({ value }) => used.has(value))
        .map(({ value, data }) => [value, this.target.constant(data, shapeOf(value))]),
    )
  }

  #of(value: OnnxValue): Value {
    const known = this.#values.get(value)
    if (!known) throw new Error(`gpu(webgl): nothing gives ${value.name}`)
    return known
  }

  #node({ op, inputs, attributes, outputs: [output] }: Node): Value {
    const g = this.#g
    const shape = shapeOf(output)
    const operands = inputs.map((input) => {
      const value = input && this.#of(input)
      return value && !byCoordinates.has(op) ? this.#inPlace(value) : value
    })
    // Optional operands are looked at where there are any.
    const [a, b, c] = operands as readonly Value[]
    switch (op) {
      case 'Reshape':
        return this.#view(a, shape)
      case 'Where':
        return this.#choose(a, this.#isZero(inputs[1]) ? null : b, this.#isZero(inputs[2]) ? null : c)
      case 'Max':
        return this.#choose(g.greater(a, b), a, b)
      case 'LessOrEqual':
        return g.not(g.greater(a, b))
      case 'Expand':
        return g.add(g.constant(new Float32Array(sizeOf(shape)), shape), a)
      case 'Gemm':
        return this.#product(attributes, a, b, c)
      case 'Conv':
        return this.#convolve(attributes, shape, a, b, c, this.#weights.get(inputs[1] as OnnxValue))
      case 'Relu':
        return g.op(op, [this.#convolved.has(a) ? this.#copy(a) : a], attributes, shape)
      case 'Identity':
        return this.#copy(a)
      default:
        return g.op(op, operands, attributes, shape, output.dtype)
    }
  }

  #isZero(value: OnnxValue | null): boolean {
    return value !== null && this.#zeros.has(value)
  }

  #view(value: Value, shape: readonly number[]): Value {
    const layout = this.#layout(value)
    const view = this.#g.reshape(value, shape)
    this.#layouts.set(view, layout)
    return view
  }

  #layout(value: Value): string {
    return this.#layouts.get(value) ?? layoutOf(value.shape)
  }

  /** The value with its elements where an operator on elements looks for them. */
  #inPlace(value: Value): Value {
    if (this.#layout(value) === layoutOf(value.shape)) return value
    const copy = this.#copies.get(value) ?? this.#copy(value)
    this.#copies.set(value, copy)
    return copy
  }

  #copy(value: Value): Value {
    return this.#g.transpose(
      value,
      value.shape.map((_, axis) => axis),
    )
  }

  /** a where the condition is true, else b, null for zero: products of finite numbers with 1 and 0 are exact. */
  #choose(condition: Value, a: Value | null, b: Value | null): Value {
    const g = this.#g
    const cast = (value: Value) => g.op('Cast', [value], { to: float }, value.shape)
    const left = a && g.mul(cast(condition), a)
    const right = b && g.mul(cast(g.not(condition)), b)
    return left && right ? g.add(left, right) : (left ?? right ?? g.mul(cast(condition), g.scalar(0)))
  }

  #product({ transA, transB }: Attributes, a: Value, b: Value, c: Value | undefined): Value {
    const g = this.#g
    const turned = (value: Value, transposed: Attributes[string] | undefined) =>
      transposed === 1 ? g.transpose(value, [1, 0]) : value
    const product = g.matmul(turned(a, transA), turned(b, transB))
    return c ? g.add(product, this.#inPlace(c)) : product
  }

  /** `fixed` are the weights where they are constant. */
  #convolve(
    attributes: Attributes,
    shape: readonly number[],
    x: Value,
    w: Value,
    b: Value | undefined,
    fixed: Value | undefined,
  ): Value {
    const g = this.#g
    const [n, filters, height, width] = shape
    const alone = fixed || attributes.group !== 1
    const operands = alone ? [x, fixed ?? w] : [g.concat([x, x], 1), g.concat([w, w], 0)]
    const y = alone
      ? g.op('Conv', operands, attributes, shape)
      : g.op('Conv', operands, { ...attributes, group: 2 }, [n, 2 * filters, height, width])
    this.#convolved.add(y)
    const one = g.slice(y, [0, 0, 0, 0], shape)
    return b ? g.add(one, this.#inPlace(this.#view(b, [1, filters, 1, 1]))) : one
  }
}

/** onnxruntime's layout of the texture for a shape: axes of length 1 do not count where there are others than two. */
function layoutOf(shape: readonly number[]): string {
  const axes = shape.length === 2 ? shape : shape.filter((length) => length !== 1)
  return axes.length < 2 ? `1,${axes[0] ?? 1}` : `${axes}`
}

/** The backend's own graphs give every axis a length. */
function shapeOf({ name, shape }: OnnxValue): readonly number[] {
  if (!shape.every((length) => typeof length === 'number'))
    throw new Error(`gpu(webgl): ${name} has an axis without a length: ${shape}`)
  return shape
}

function isZero(value: number | bigint): boolean {
  return value === 0
}
