export { createGraph, type Graph, type GraphOptions, type Model, type Node } from './graph.js'
export {
  type Attribute,
  type Attributes,
  type ConstantData,
  type Dimension,
  type ElementType,
  float,
  type Value,
  type ValueType,
} from './value.js'
