export type { Attribute, Attributes, Graph, Node } from './graph.js'
export { createGraph, type GraphOptions, type Model } from './model.js'
export { type ConstantData, type Dimension, type ElementType, float, type Value, type ValueType } from './value.js'
