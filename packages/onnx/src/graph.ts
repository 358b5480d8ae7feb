import type { Names } from './names.js'
import {
  type ConstantData,
  type Dimension,
  type ElementType,
  elementTypeOf,
  type Value,
  type ValueType,
} from './value.js'

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

  input<D extends Dimension>(name: string, dtype: ElementType, shape: readonly D[]): Value<D> {
    const value = { name: this.#names.take(name), dtype, shape }
    this.inputs.push(value)
    return value
  }

  /** An initializer. `data` is read when the model is encoded, not copied now. Shape: any, [] is a scalar. */
  constant(data: ConstantData, shape: readonly number[], name?: string): Value<number> {
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
  ): { readonly [K in keyof T]: Value<T[K]['shape'][number]> } {
    const values = outputs.map(({ dtype, shape }) => ({ name: this.#names.fresh(), dtype, shape }))
    this.nodes.push({ op, inputs, attributes, outputs: values })
    return values as { readonly [K in keyof T]: Value<T[K]['shape'][number]> }
  }

  /** Declares a result. A node's value takes the name; one that has its name already goes through an `Identity`. */
  output<D extends Dimension>(value: Value<D>, name?: string): Value<D> {
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

/** A number is an int and an array of numbers is ints; a float is written `float(1)`, because 1 could be either. */
export type Attribute = number | readonly number[] | string | { readonly float: number } | Graph

export interface Attributes {
  readonly [name: string]: Attribute
}
