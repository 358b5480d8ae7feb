import { create, toBinary } from '@bufbuild/protobuf'
import type { Shape } from '@convkit/api'
import type { NdArray } from '@convkit/conformance'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'

/** The last operator set in which `ReduceMean` takes its axes as an attribute. */
const operatorSet = 17n
const intermediateVersion = 8n

export type Attributes = { readonly [name: string]: number | readonly number[] }

/** A graph from `x` to `y`; `constants` are the values of names that no node gives. Returns the bytes of an ONNX file. */
export function model(
  nodes: readonly NodeProto[],
  x: Shape,
  y: Shape,
  constants: { readonly [name: string]: NdArray },
): Uint8Array {
  const graph = create(GraphProtoSchema, {
    name: 'workload',
    node: [...nodes],
    input: [value('x', x)],
    output: [value('y', y)],
    initializer: Object.entries(constants).map(([name, array]) => tensor(name, array)),
  })
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: intermediateVersion,
      opsetImport: [create(OperatorSetIdProtoSchema, { version: operatorSet })],
      graph,
    }),
  )
}

export function node(opType: string, input: readonly string[], output: string, attributes: Attributes = {}): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name: output,
    input: [...input],
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  })
}

function attribute(name: string, value: Attributes[string]): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) })
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) })
}

function tensor(name: string, { shape, data }: NdArray): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: TensorProto_DataType.FLOAT,
    rawData: new Uint8Array(Float32Array.from(data).buffer),
  })
}

function value(name: string, shape: Shape): ValueInfoProto {
  const dim = shape.map((length) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(length) } }),
  )
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: TensorProto_DataType.FLOAT,
    shape: create(TensorShapeProtoSchema, { dim }),
  })
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  })
}
