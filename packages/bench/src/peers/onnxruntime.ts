import { conv2d, maxPool2d, type Shape } from '@convkit/api'
import type { NdArray } from '@convkit/conformance'
import { type Attributes, createGraph, type Graph, type Value } from '@convkit/onnx'
import { env, InferenceSession, Tensor } from 'onnxruntime-web'
import type { LayerWorkload } from '../workload.js'
import type { Peer } from './peer.js'

/** ONNX Runtime's WebAssembly build. It copies x in and y out, as every caller of it must. */
export async function createOnnxruntime(): Promise<Peer> {
  env.wasm.numThreads = 1
  return {
    name: 'onnxruntime-web',
    description: `ONNX Runtime Web ${env.versions.web}, WebAssembly, one thread`,
    async prepare(workload, { inputs: { x, ...constants } }) {
      if (!x) throw new Error(`${workload.name}: onnxruntime wants x`)
      const session = await InferenceSession.create(modelOf(workload, x.shape, constants), {
        executionProviders: ['wasm'],
      })
      const feeds = { x: new Tensor('float32', Float32Array.from(x.data), x.shape) }
      let last: Awaited<ReturnType<typeof session.run>> = {}
      return {
        calls: {
          async forward() {
            last = await session.run(feeds)
          },
        },
        missing: { backward: 'it runs models and has no gradients' },
        sync: async () => {},
        async results() {
          const y = last.y
          if (!y) return {}
          return { y: { shape: y.dims, data: Float64Array.from((await y.getData()) as Float32Array) } }
        },
        [Symbol.dispose]() {
          void session.release()
        },
      }
    },
  }
}

/** The last operator set in which `ReduceMean` takes its axes as an attribute. */
const opset = 17

type Constants = { readonly [name: string]: NdArray }

function modelOf(workload: LayerWorkload, xShape: Shape, constants: Constants): Uint8Array {
  const graph = createGraph({ opset, name: workload.layer })
  const x = graph.input('x', 'float32', xShape)
  graph.output(layer(graph, workload, x, xShape, constants), 'y')
  return graph.encode()
}

function layer(graph: Graph, workload: LayerWorkload, x: Value, xShape: Shape, constants: Constants): Value {
  const constant = (name: string) => initializer(graph, constants[name])
  switch (workload.layer) {
    case 'conv2d': {
      const d = conv2d.dims(xShape, constants.w?.shape ?? [], undefined, workload.attributes)
      const attributes = {
        kernel_shape: [d.kH, d.kW],
        strides: [d.strideH, d.strideW],
        pads: workload.attributes.pad,
        dilations: [d.dilationH, d.dilationW],
        group: d.groups,
      }
      return one(graph, 'Conv', [x, constant('w'), constant('b')], [d.n, d.outC, d.outH, d.outW], attributes)
    }
    case 'maxPool2d': {
      const { kernel, stride, pad } = workload.attributes
      const d = maxPool2d.dims(xShape, workload.attributes)
      const attributes = { kernel_shape: kernel, strides: stride, pads: pad }
      return one(graph, 'MaxPool', [x], [d.n, d.channels, d.outH, d.outW], attributes)
    }
    case 'affine': {
      const y = [xShape[0] ?? 1, constants.w?.shape[1] ?? 1]
      return one(graph, 'Gemm', [x, constant('w'), constant('b')], y)
    }
    case 'batchNorm':
      return batchNorm(graph, workload.attributes.eps, x, xShape, constants)
  }
}

/** Composed: `BatchNormalization` has no training mode in this build. */
function batchNorm(graph: Graph, eps: number, x: Value, xShape: Shape, { gamma, beta }: Constants): Value {
  const column = (array: NdArray | undefined) =>
    array ? initializer(graph, { ...array, shape: [array.data.length, ...xShape.slice(2).map(() => 1)] }) : null
  const axes = xShape.map((_, axis) => axis).filter((axis) => axis !== 1)
  const statistic = xShape.map((length, axis) => (axis === 1 ? length : 1))
  const mean = one(graph, 'ReduceMean', [x], statistic, { axes, keepdims: 1 })
  const centred = one(graph, 'Sub', [x, mean], xShape)
  const squares = one(graph, 'Mul', [centred, centred], xShape)
  const variance = one(graph, 'ReduceMean', [squares], statistic, { axes, keepdims: 1 })
  const shifted = one(graph, 'Add', [variance, graph.constant(Float32Array.of(eps), [])], statistic)
  const deviation = one(graph, 'Sqrt', [shifted], statistic)
  const factor = one(graph, 'Div', [column(gamma), deviation], statistic)
  return one(graph, 'Add', [one(graph, 'Mul', [centred, factor], xShape), column(beta)], xShape)
}

function initializer(graph: Graph, array: NdArray | undefined): Value | null {
  return array ? graph.constant(Float32Array.from(array.data), array.shape) : null
}

function one(graph: Graph, op: string, inputs: (Value | null)[], shape: Shape, attributes: Attributes = {}): Value {
  return graph.node(op, inputs, attributes, [{ dtype: 'float32', shape }])[0]
}
