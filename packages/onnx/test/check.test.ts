import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
} from 'onnx-buf'
import { InferenceSession } from 'onnxruntime-web'
import { expect, test } from 'vitest'
import { checkModel } from '../src/check.js'
import { type Attributes, createGraph, float } from '../src/index.js'

/** y = -loop(|x| + w), with a body that uses w. */
function encode(): Uint8Array {
  const graph = createGraph({ opset: 18 })
  const x = graph.input('x', 'float32', [2])
  const w = graph.constant(Float32Array.of(1, 2), [2], 'w')
  const [magnitude] = graph.node('Abs', [x], {}, [x])
  const [sum] = graph.node('Add', [magnitude, w], {}, [x])
  const body = graph.subgraph('body')
  body.input('iteration', 'int64', [])
  const condition = body.input('condition', 'bool', [])
  const carried = body.input('carried', 'float32', [2])
  body.output(condition)
  body.output(body.node('Mul', [carried, w], {}, [carried])[0])
  const trips = graph.constant(BigInt64Array.of(3n), [])
  const [looped] = graph.node('Loop', [trips, graph.constant(Uint8Array.of(1), []), sum], { body }, [x])
  graph.output(graph.node('Neg', [looped], {}, [x])[0], 'y')
  return graph.encode()
}

test('finds nothing in a right model', () => {
  expect(checkModel(encode())).toEqual([])
})

type Damage = (graph: GraphProto, model: ModelProto) => unknown

const node = (graph: GraphProto, op: string) => {
  const found = graph.node.find(({ opType }) => opType === op)
  if (!found) throw new Error(`no ${op}`)
  return found
}
const body = (graph: GraphProto) => node(graph, 'Loop').attribute[0]?.g?.node[1] ?? create(NodeProtoSchema)

const type = (values: readonly ValueInfoProto[], name: string) => {
  const found = values.find((value) => value.name === name)?.type?.value
  if (found?.case !== 'tensorType') throw new Error(`no type of ${name}`)
  return found.value
}
const attribute = create(AttributeProtoSchema, { name: 'a', type: AttributeProto_AttributeType.INT, i: 1n })

test.each<readonly [expected: string, damage: Damage]>([
  ['IR version 2 has no operator sets', (_, model) => Object.assign(model, { irVersion: 2n })],
  ['an operator set is imported twice', (_, model) => model.opsetImport.push(...model.opsetImport)],
  [
    'Neg:y is of an operator set that is not imported: other',
    (g) => Object.assign(node(g, 'Neg'), { domain: 'other' }),
  ],
  ['a graph has no name', (g) => Object.assign(g, { name: '' })],
  ['an input has no name', (g) => Object.assign(g.input[0] ?? {}, { name: '' })],
  ['the name x is given twice', (g) => Object.assign(g.initializer[0] ?? {}, { name: 'x' })],
  ['the name x is given twice', (g) => Object.assign(body(g), { output: ['x'] })],
  [
    'the constant w has 4 bytes for 2 elements',
    (g) => Object.assign(g.initializer[0] ?? {}, { dims: [2n], rawData: new Uint8Array(4) }),
  ],
  ['Abs:v0 uses v1 before it is made', (g) => Object.assign(node(g, 'Abs'), { input: ['v1'] })],
  ['Mul:v3 uses y before it is made', (g) => Object.assign(body(g), { input: ['y', 'w'] })],
  ['the output z is never made', (g) => Object.assign(g.output[0] ?? {}, { name: 'z' })],
  ['v0 has no type', (g) => Object.assign(g, { valueInfo: g.valueInfo.filter(({ name }) => name !== 'v0') })],
  [
    'v0 has no element type',
    (g) => Object.assign(type(g.valueInfo, 'v0'), { elemType: TensorProto_DataType.UNDEFINED }),
  ],
  ['x has no shape', (g) => Reflect.deleteProperty(type(g.input, 'x'), 'shape')],
  ['the name Abs:v0 is given to two nodes', (g) => Object.assign(node(g, 'Neg'), { name: 'Abs:v0' })],
  ['Neg:y has no operator', (g) => Object.assign(node(g, 'Neg'), { opType: '' })],
  [
    'Neg:y: attribute a has no value',
    (g) => node(g, 'Neg').attribute.push(create(AttributeProtoSchema, { name: 'a' })),
  ],
  ['Neg:y has an attribute twice', (g) => node(g, 'Neg').attribute.push(attribute, attribute)],
])('%s', (expected, damage) => {
  const model = fromBinary(ModelProtoSchema, encode())
  if (!model.graph) throw new Error('no graph')
  damage(model.graph, model)
  expect(checkModel(toBinary(ModelProtoSchema, model))).toContain(expected)
})

/** y = Softmax(x) with these attributes, which declares the shape of y to be `shape`. */
async function load(attributes: Attributes, shape: number[]): Promise<void> {
  const graph = createGraph({ opset: 18 })
  const x = graph.input('x', 'float32', [2, 3])
  graph.output(graph.node('Softmax', [x], attributes, [{ dtype: 'float32', shape }])[0], 'y')
  const extra = { session: { strict_shape_type_inference: '1' } }
  const session = await InferenceSession.create(graph.encode(), {
    executionProviders: ['wasm'],
    extra,
    logSeverityLevel: 4,
  })
  await session.release()
}

test('what an operator asks for, onnxruntime checks when it loads the model', async () => {
  await load({ axis: 1 }, [2, 3])
  await expect(load({ axes: 1 }, [2, 3])).rejects.toThrow(/Unrecognized attribute: axes for operator Softmax/)
  await expect(load({ axis: float(1) }, [2, 3])).rejects.toThrow(/axis/)
  await expect(load({ axis: 1 }, [3, 3])).rejects.toThrow(/shape/i)
})
