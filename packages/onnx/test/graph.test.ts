import { fromBinary } from '@bufbuild/protobuf'
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType } from 'onnx-buf'
import { InferenceSession, Tensor } from 'onnxruntime-web'
import { expect, test } from 'vitest'
import { createGraph, float, type Model } from '../src/index.js'

/** y = relu(conv(x, w)), with a batch of any length where `batch` is a name. */
function convRelu(opset: number, batch: number | string = 1): Model {
  const graph = createGraph({ opset, name: 'conv-relu' })
  const x = graph.input('x', 'float32', [batch, 1, 2, 2])
  const w = graph.constant(Float32Array.of(1, -2, 3, -4), [1, 1, 2, 2], 'w')
  const type = { dtype: 'float32', shape: [batch, 1, 1, 1] } as const
  const attributes = { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 }
  const [z] = graph.node('Conv', [x, w, null], attributes, [type])
  const [y] = graph.node('Relu', [z], {}, [type])
  graph.output(y, 'y')
  return graph
}

/** y = 2^trips * x, by a loop whose body uses a constant around it. */
function powers(trips: bigint): Model {
  const graph = createGraph({ opset: 18 })
  const x = graph.input('x', 'float32', [2])
  const two = graph.constant(Float32Array.of(2), [])
  const body = graph.subgraph('body')
  body.input('iteration', 'int64', [])
  const condition = body.input('condition', 'bool', [])
  const carried = body.input('carried', 'float32', [2])
  const [doubled] = body.node('Mul', [carried, two], {}, [carried])
  body.output(condition)
  body.output(doubled)
  const count = graph.constant(BigInt64Array.of(trips), [])
  const [y] = graph.node('Loop', [count, graph.constant(Uint8Array.of(1), []), x], { body }, [x])
  graph.output(y, 'y')
  return graph
}

async function run(model: Model, x: Float32Array, shape: number[]): Promise<number[]> {
  const session = await InferenceSession.create(model.encode(), { executionProviders: ['wasm'] })
  const { y } = await session.run({ x: new Tensor('float32', x, shape) })
  await session.release()
  if (!y) throw new Error('the model has no y')
  return [...((await y.getData()) as Float32Array)]
}

const decode = (model: Model) => fromBinary(ModelProtoSchema, model.encode())

test.each([12, 17, 18, 21])('runs at operator set %i', async (opset) => {
  expect(await run(convRelu(opset), Float32Array.of(1, 2, 3, 1), [1, 1, 2, 2])).toEqual([1 - 4 + 9 - 4])
})

test('a named length is chosen by each run', async () => {
  const x = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
  expect(await run(convRelu(18, 'batch'), x, [3, 1, 2, 2])).toEqual([1, 0, 3])
})

test('a body of a loop sees the values around it', async () => {
  expect(await run(powers(5n), Float32Array.of(1, 3), [2])).toEqual([32, 96])
})

test('every value has a type and a shape, every name is used once', () => {
  const model = decode(convRelu(18, 'batch'))
  expect(model.irVersion).toBe(8n)
  expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 18n]])
  const { graph } = model
  expect(graph?.node.map(({ opType, input, output }) => [opType, input, output])).toEqual([
    ['Conv', ['x', 'w', ''], ['v0']],
    ['Relu', ['v0'], ['y']],
  ])
  const shapes = [...(graph?.input ?? []), ...(graph?.valueInfo ?? []), ...(graph?.output ?? [])].map(
    ({ name, type }) => {
      if (type?.value.case !== 'tensorType') throw new Error(`${name} has no tensor type`)
      const { elemType, shape } = type.value.value
      return [name, elemType, shape?.dim.map(({ value }) => value.value)]
    },
  )
  expect(shapes).toEqual([
    ['x', TensorProto_DataType.FLOAT, ['batch', 1n, 2n, 2n]],
    ['v0', TensorProto_DataType.FLOAT, ['batch', 1n, 1n, 1n]],
    ['y', TensorProto_DataType.FLOAT, ['batch', 1n, 1n, 1n]],
  ])
})

test('attributes and constants of every type', () => {
  const graph = createGraph({ opset: 18 })
  const data = [
    Float32Array.of(1),
    Float64Array.of(2),
    Int32Array.of(-3),
    BigInt64Array.of(-4n),
    Uint8Array.of(1),
    // A view of a larger buffer gives its own part only.
    Float32Array.of(5, 6, 7).subarray(1, 2),
  ]
  for (const array of data) graph.constant(array, [1])
  graph.node('Any', [], { one: 1, many: [1, -2], none: [], name: 'é', number: float(1) }, [])
  const decoded = decode(graph).graph
  expect(decoded?.node[0]?.attribute.map(({ name, type }) => [name, AttributeProto_AttributeType[type]])).toEqual([
    ['one', 'INT'],
    ['many', 'INTS'],
    ['none', 'INTS'],
    ['name', 'STRING'],
    ['number', 'FLOAT'],
  ])
  expect(decoded?.node[0]?.attribute.map(({ i, ints, s, f }) => [i, ints, new TextDecoder().decode(s), f])).toEqual([
    [1n, [], '', 0],
    [0n, [1n, -2n], '', 0],
    [0n, [], '', 0],
    [0n, [], 'é', 0],
    [0n, [], '', 1],
  ])
  expect(decoded?.initializer.map(({ dataType, rawData }) => [TensorProto_DataType[dataType], [...rawData]])).toEqual([
    ['FLOAT', [0, 0, 128, 63]],
    ['DOUBLE', [0, 0, 0, 0, 0, 0, 0, 64]],
    ['INT32', [253, 255, 255, 255]],
    ['INT64', [252, 255, 255, 255, 255, 255, 255, 255]],
    ['BOOL', [1]],
    ['FLOAT', [0, 0, 192, 64]],
  ])
})

test('an input, a constant, or an output under a second name goes through an Identity', async () => {
  const graph = createGraph({ opset: 18 })
  const x = graph.input('x', 'float32', [1])
  graph.output(x, 'same')
  const [y] = graph.node('Neg', [x], {}, [x])
  expect(graph.output(y, 'y')).toBe(y)
  expect(graph.output(y, 'again').name).toBe('again')
  expect(decode(graph).graph?.node.map(({ opType, output }) => [opType, ...output])).toEqual([
    ['Identity', 'same'],
    ['Neg', 'y'],
    ['Identity', 'again'],
  ])
})

test('a name is given once, in a subgraph too, and a constant fills its shape', () => {
  const graph = createGraph({ opset: 18 })
  graph.input('x', 'float32', [1])
  expect(() => graph.subgraph('body').input('x', 'float32', [1])).toThrow('onnx: the name x is taken')
  expect(() => graph.input('', 'float32', [1])).toThrow('onnx: a value needs a name')
  expect(() => graph.constant(Float32Array.of(1, 2), [3])).toThrow(
    'onnx: a constant of shape [3] has 3 elements, but 2 were given',
  )
  graph.input('v0', 'float32', [1])
  expect(graph.constant(Float32Array.of(1), [1]).name).toBe('v1')
})

test('an option that a graph does not have is refused', () => {
  expect(() => createGraph({ opset: 17, ...Object({ nmae: 'net' }) })).toThrow(
    'onnx: createGraph has no option nmae (known: opset, name)',
  )
})
