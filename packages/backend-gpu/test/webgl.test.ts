import { fromBinary } from '@bufbuild/protobuf'
import { conv2d, Scope, vector } from '@convkit/api'
import { describeConformance } from '@convkit/conformance/vitest'
import { type GraphProto, ModelProtoSchema } from 'onnx-buf'
import type { InferenceSession } from 'onnxruntime-common'
import * as onnxruntime from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { createGpu } from '../src/index.js'
import type { Runtime } from '../src/providers/ort.js'
import { createWebgl } from '../src/providers/webgl/webgl.js'

/** Those of its kernels that were found right in a browser, for what this package writes. */
const operators = new Set([
  ...['Add', 'And', 'Cast', 'Concat', 'Conv', 'ConvTranspose', 'Div', 'Equal', 'Exp', 'Greater', 'Log', 'MatMul'],
  ...[
    'MaxPool',
    'Mul',
    'Neg',
    'Not',
    'Or',
    'Pad',
    'ReduceMax',
    'ReduceMean',
    'ReduceSum',
    'ReduceSumSquare',
    'Relu',
    'Reshape',
    'Slice',
  ],
  ...['Sqrt', 'Sub', 'Transpose'],
])

const doubled = ['Reshape', 'Reshape', 'Concat', 'Concat', 'Conv', 'Slice']

const graphs: GraphProto[] = []

/** onnxruntime as the WebGL provider sees it: it checks what its kernels would stumble over, and computes on the processor. */
async function openDouble() {
  const create = async (model: Uint8Array, { executionProviders }: InferenceSession.SessionOptions) => {
    expect(executionProviders).toEqual(['webgl'])
    const { graph } = fromBinary(ModelProtoSchema, model)
    if (!graph) throw new Error('a model without a graph')
    check(graph)
    graphs.push(graph)
    return onnxruntime.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  }
  // Of the ways to make a session, the one that providers use.
  const runtime = { ...onnxruntime, InferenceSession: { create } as unknown as Runtime['InferenceSession'] }
  return createGpu({ provider: createWebgl(runtime, 'WebGL, as far as the processor can stand in for it') })
}

function check({ node: nodes, initializer, output }: GraphProto): void {
  const makers = new Map(nodes.map((node) => [node.output[0], node]))
  const constants = new Map(initializer.map(({ name, dims }) => [name, dims]))
  for (const { opType, input, attribute, output } of nodes) {
    if (!operators.has(opType)) throw new Error(`WebGL has no right kernel for ${opType}`)
    const [x = '', w = ''] = input
    if (opType === 'Conv' && attribute.find(({ name }) => name === 'group')?.i === 1n && !constants.has(w))
      throw new Error(`${output}: a Conv of one group with weights that are computed`)
    if (opType === 'Relu' && makers.get(x)?.opType === 'Conv')
      throw new Error(`${output}: a Relu that would be merged with the Conv before it`)
    for (const name of opType === 'Slice' && input[4] ? [input[4]] : [])
      if (initializer.find((constant) => constant.name === name)?.rawData.some((byte, i) => byte !== (i % 8 ? 0 : 1)))
        throw new Error(`${output}: a Slice with steps`)
  }
  for (const { name } of output) if (!makers.has(name)) throw new Error(`${name}: an output that no node gives`)
}

describe('a graph for WebGL', () => {
  it('does a convolution twice over, unless its weights are constant', async () => {
    const backend = await openDouble()
    using scope = new Scope(backend)
    const x = scope.from(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2])
    const { y } = conv2d.forward(scope, { x, w: scope.from(Float32Array.of(1, 10), [2, 1, 1, 1]) })
    graphs.length = 0
    expect(Array.from(await y.read())).toEqual([1, 2, 3, 4, 10, 20, 30, 40])
    expect(graphs[0]?.node.map(({ opType }) => opType)).toEqual(doubled)
    await backend.close?.()
  })

  it('gives a value that is two outputs twice', async () => {
    const backend = await openDouble()
    using scope = new Scope(backend)
    const x = scope.from(Float32Array.of(1, 2), [2])
    const [a, b] = [scope.alloc([2], 'float32'), scope.alloc([2], 'float32')]
    vector.multiply(x, x, a)
    vector.copy(a, b)
    const [first, second] = [a.read(), b.read()]
    expect(Array.from(await first)).toEqual([1, 4])
    expect(Array.from(await second)).toEqual([1, 4])
    await backend.close?.()
  })
})

// The kernels themselves are held to the suite in a browser: `npm run test:browser`.
describeConformance("WebGL's graphs, on the processor", openDouble, { runs: 4 })
