import { encodeModel } from './encode.js'
import {
  type Attributes,
  type ConstantData,
  type Dimension,
  type ElementType,
  elementTypeOf,
  type Value,
  type ValueType,
} from './value.js'

export interface GraphOptions {
  /** The version of the operator set of the domain `ai.onnx`: it decides which operators and attributes there are. */
  readonly opset: number
  readonly name?: string
}

export interface Constant {
  readonly value: Value
  readonly data: ConstantData
}

export interface Node {
  readonly op: string
  readonly inputs: readonly (Value | null)[]
  readonly attributes: Attributes
  readonly outputs: readonly Value[]
}

/** Names of a model, its subgraphs included: a subgraph sees the values around it, so a name is used once in all. */
class Names {
  readonly #taken = new Set<string>()
  #next = 0

  fresh(): string {
    let name = `v${this.#next++}`
    while (this.#taken.has(name)) name = `v${this.#next++}`
    this.#taken.add(name)
    return name
  }

  take(name: string): string {
    if (name === '') throw new Error('onnx: a value needs a name')
    if (this.#taken.has(name)) throw new Error(`onnx: the name ${name} is taken`)
    this.#taken.add(name)
    return name
  }
}

/**
 * A graph under construction. Nodes stand in the order in which they are added, so a value is made before it is used.
 * Operators' own rules are not checked here; `checkModel` and every runtime do that.
 */
export class Graph {
  readonly name: string
  readonly inputs: Value[] = []
  readonly constants: Constant[] = []
  readonly nodes: Node[] = []
  readonly outputs: Value[] = []
  readonly #names: Names

  constructor(name: string, names: Names) {
    this.name = name
    this.#names = names
  }

  input(name: string, dtype: ElementType, shape: readonly Dimension[]): Value {
    const value = { name: this.#names.take(name), dtype, shape }
    this.inputs.push(value)
    return value
  }

  /** An initializer. `data` is read when the model is encoded, not copied now. Shape: any, [] is a scalar. */
  constant(data: ConstantData, shape: readonly number[], name?: string): Value {
    const length = shape.reduce((product, dimension) => product * dimension, 1)
    if (length !== data.length)
      throw new Error(`onnx: a constant of shape [${shape}] has ${length} elements, but ${data.length} were given`)
    const value = { name: this.#name(name), dtype: elementTypeOf(data), shape }
    this.constants.push({ value, data })
    return value
  }

  /** One value for each entry of `outputs`. An input of null is one that the operator may do without. */
  node<const T extends readonly ValueType[]>(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes,
    outputs: T,
  ): { readonly [K in keyof T]: Value } {
    const values = outputs.map(({ dtype, shape }) => ({ name: this.#names.fresh(), dtype, shape }))
    this.nodes.push({ op, inputs, attributes, outputs: values })
    return values as { readonly [K in keyof T]: Value }
  }

  /** Declares a result. A node's value takes the name; one that has its name already goes through an `Identity`. */
  output(value: Value, name?: string): Value {
    const made = this.nodes.some(({ outputs }) => outputs.includes(value))
    const result = made && !this.outputs.includes(value) ? value : this.node('Identity', [value], {}, [value])[0]
    if (name !== undefined) (result as { name: string }).name = this.#names.take(name)
    this.outputs.push(result)
    return result
  }

  /** A graph for an attribute of a node, such as the body of a `Loop`. It may use the values around it. */
  subgraph(name: string): Graph {
    return new Graph(name, this.#names)
  }

  #name(name: string | undefined): string {
    return name === undefined ? this.#names.fresh() : this.#names.take(name)
  }
}

/** A graph that can be written as a model. */
export class Model extends Graph {
  readonly opset: number

  constructor({ opset, name = 'graph', ...others }: GraphOptions) {
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) throw new Error(`onnx: createGraph has no option ${unknown} (known: opset, name)`)
    super(name, new Names())
    this.opset = opset
  }

  /** The bytes of an ONNX file. */
  encode(): Uint8Array<ArrayBuffer> {
    return encodeModel(this)
  }
}

/** An empty model. */
export function createGraph(options: GraphOptions): Model {
  return new Model(options)
}
