import { fromBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type GraphProto,
  ModelProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
} from 'onnx-buf'

const bytesOf: { readonly [type: number]: number } = {
  [TensorProto_DataType.FLOAT]: 4,
  [TensorProto_DataType.DOUBLE]: 8,
  [TensorProto_DataType.INT32]: 4,
  [TensorProto_DataType.INT64]: 8,
  [TensorProto_DataType.BOOL]: 1,
}

const fields: { readonly [type: number]: (attribute: AttributeProto) => boolean } = {
  [AttributeProto_AttributeType.INT]: ({ ints, floats }) => ints.length + floats.length === 0,
  [AttributeProto_AttributeType.INTS]: ({ floats }) => floats.length === 0,
  [AttributeProto_AttributeType.FLOAT]: ({ ints, floats }) => ints.length + floats.length === 0,
  [AttributeProto_AttributeType.STRING]: ({ s }) => s.length > 0,
  [AttributeProto_AttributeType.GRAPH]: ({ g }) => g !== undefined,
}

/**
 * What breaks the rules that ONNX has for every model, in words: names given once, values made before they are used,
 * operator sets imported, types and shapes of every value, constants as long as their shape. Empty where nothing does.
 * What an operator itself asks for (its attributes, types and shapes), each runtime checks when it loads the model.
 */
export function checkModel(bytes: Uint8Array): string[] {
  const { irVersion, opsetImport, graph } = fromBinary(ModelProtoSchema, bytes)
  const faults: string[] = []
  if (irVersion < 3n) faults.push(`IR version ${irVersion} has no operator sets`)
  const domains = opsetImport.map(({ domain }) => domain)
  if (new Set(domains).size < domains.length) faults.push('an operator set is imported twice')
  if (graph) checkGraph(graph, { faults, domains: new Set(domains), names: new Set(), nodes: new Set() }, new Set())
  else faults.push('there is no graph')
  return faults
}

interface Context {
  readonly faults: string[]
  readonly domains: ReadonlySet<string>
  /** Of values, in the whole model: a graph and the graphs in it share them. */
  readonly names: Set<string>
  readonly nodes: Set<string>
}

function checkGraph(graph: GraphProto, context: Context, outer: ReadonlySet<string>): void {
  const { faults } = context
  const known = new Set(outer)
  const define = (name: string, what: string) => {
    if (name === '') faults.push(`${what} has no name`)
    else if (context.names.has(name)) faults.push(`the name ${name} is given twice`)
    context.names.add(name)
    known.add(name)
  }
  if (graph.name === '') faults.push('a graph has no name')
  for (const { name } of graph.input) define(name, 'an input')
  for (const constant of graph.initializer) {
    define(constant.name, 'a constant')
    const length = constant.dims.reduce((product, dimension) => product * Number(dimension), 1)
    if (constant.rawData.length !== length * (bytesOf[constant.dataType] ?? Number.NaN))
      faults.push(`the constant ${constant.name} has ${constant.rawData.length} bytes for ${length} elements`)
  }
  const typed = new Map([...graph.input, ...graph.valueInfo, ...graph.output].map((value) => [value.name, value]))
  for (const value of typed.values()) faults.push(...typeFaults(value))
  for (const { name, opType, domain, input, output, attribute } of graph.node) {
    if (name !== '' && context.nodes.has(name)) faults.push(`the name ${name} is given to two nodes`)
    context.nodes.add(name)
    if (opType === '') faults.push(`${name} has no operator`)
    if (!context.domains.has(domain)) faults.push(`${name} is of an operator set that is not imported: ${domain}`)
    for (const used of input) if (used !== '' && !known.has(used)) faults.push(`${name} uses ${used} before it is made`)
    if (new Set(attribute.map((each) => each.name)).size < attribute.length)
      faults.push(`${name} has an attribute twice`)
    for (const each of attribute) {
      if (each.name === '' || !fields[each.type]?.(each)) faults.push(`${name}: attribute ${each.name} has no value`)
      if (each.g) checkGraph(each.g, context, known)
    }
    for (const made of output) {
      if (made === '') continue
      define(made, name)
      if (!typed.has(made)) faults.push(`${made} has no type`)
    }
  }
  for (const { name } of graph.output) if (!known.has(name)) faults.push(`the output ${name} is never made`)
}

function typeFaults({ name, type }: ValueInfoProto): string[] {
  if (type?.value.case !== 'tensorType') return [`${name} has no type`]
  const { elemType, shape } = type.value.value
  return [
    ...(elemType === TensorProto_DataType.UNDEFINED ? [`${name} has no element type`] : []),
    ...(shape?.dim.every(({ value }) => value.case !== undefined) ? [] : [`${name} has no shape`]),
  ]
}
