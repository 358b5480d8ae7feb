import { create, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { Attribute } from './graph.js'
import { type Constant, Graph, type Node } from './graph.js'
import type { ElementType, Value } from './value.js'

// The oldest version that knows all we write: every runtime of the last years reads it.
const intermediateVersion = 8n

const elementTypes: { readonly [T in ElementType]: TensorProto_DataType } = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
}

const text = new TextEncoder()

export function encodeModel(graph: Graph, opset: number): Uint8Array<ArrayBuffer> {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: intermediateVersion,
      producerName: 'convkit',
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
      graph: encodeGraph(graph),
    }),
  )
}

function encodeGraph(graph: Graph): GraphProto {
  const outputs = new Set(graph.outputs)
  const inner = graph.nodes.flatMap((node) => node.outputs.filter((value) => !outputs.has(value)))
  return create(GraphProtoSchema, {
    name: graph.name,
    node: graph.nodes.map(encodeNode),
    input: graph.inputs.map(encodeValue),
    output: graph.outputs.map(encodeValue),
    initializer: graph.constants.map(encodeConstant),
    valueInfo: inner.map(encodeValue),
  })
}

function encodeNode({ op, inputs, attributes, outputs }: Node) {
  return create(NodeProtoSchema, {
    opType: op,
    name: `${op}:${outputs[0]?.name}`,
    input: inputs.map((value) => value?.name ?? ''),
    output: outputs.map(({ name }) => name),
    attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
  })
}

function encodeAttribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) })
  if (typeof value === 'string')
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.STRING,
      s: Uint8Array.from(text.encode(value)),
    })
  if (value instanceof Graph)
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: encodeGraph(value) })
  if ('float' in value)
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float })
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) })
}

function encodeConstant({ value, data }: Constant) {
  return create(TensorProtoSchema, {
    name: value.name,
    dims: value.shape.map(BigInt),
    dataType: elementTypes[value.dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) as Uint8Array<ArrayBuffer>,
  })
}

function encodeValue({ name, dtype, shape }: Value): ValueInfoProto {
  const dim = shape.map((length) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof length === 'number' ? { case: 'dimValue', value: BigInt(length) } : { case: 'dimParam', value: length },
    }),
  )
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: elementTypes[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  })
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  })
}
