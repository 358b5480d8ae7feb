import {
  type BatchNormOptions,
  type Conv2dOptions,
  conv2d,
  type MaxPool2dOptions,
  maxPool2d,
  type Shape,
} from '@convkit/api'
import type { LayerWorkload, Peer, Refusal } from '@convkit/bench'
import { unsupported } from '@convkit/bench'
import type { NdArray } from '@convkit/conformance'
import { type Attributes, createGraph, type Graph, type Value } from '@convkit/onnx'
import type { InferenceSession, InferenceSessionFactory, TensorConstructor } from 'onnxruntime-common'

/** What both packages of ONNX Runtime export. */
interface Runtime {
  readonly InferenceSession: InferenceSessionFactory
  readonly Tensor: TensorConstructor
}

/** ONNX Runtime's WebAssembly build. */
export async function createOnnxruntimeWeb(): Promise<Peer> {
  const runtime = await import('onnxruntime-web')
  runtime.env.wasm.numThreads = 1
  return onnxruntime(
    'onnxruntime-web',
    `ONNX Runtime Web ${runtime.env.versions.web}, WebAssembly, one thread`,
    runtime,
    {
      executionProviders: ['wasm'],
    },
  )
}

/** ONNX Runtime's native build for processors, which has wider vectors than WebAssembly. */
export async function createOnnxruntimeNode(): Promise<Peer> {
  process.env.ORT_DISABLE_TELEMETRY ||= '1'
  const runtime = await import('onnxruntime-node')
  return onnxruntime('onnxruntime-node', `ONNX Runtime ${runtime.env.versions.common}, native, one thread`, runtime, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
}

/** It copies x in and y out, as every caller of it must. */
function onnxruntime(
  name: string,
  description: string,
  { InferenceSession, Tensor }: Runtime,
  options: InferenceSession.SessionOptions,
): Peer {
  const backward: Refusal = unsupported('it runs models and has no gradients')
  return {
    name,
    description,
    async prepare(workload, { inputs: { x, ...constants } }) {
      const bytes = x && modelOf(workload, x.shape, constants)
      if (!bytes) {
        const forward = unsupported('it is not compared in this layer')
        return {
          calls: {},
          missing: { forward, backward },
          sync: async () => {},
          results: async () => ({}),
          [Symbol.dispose]() {},
        }
      }
      const session = await InferenceSession.create(bytes, options)
      const feeds = { x: new Tensor('float32', Float32Array.from(x.data), x.shape) }
      let last: Awaited<ReturnType<typeof session.run>> = {}
      return {
        calls: {
          async forward() {
            last = await session.run(feeds)
          },
        },
        missing: { backward },
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

/** Null for a layer that it is not compared in. */
function modelOf(workload: LayerWorkload, xShape: Shape, constants: Constants): Uint8Array | null {
  const graph = createGraph({ opset, name: workload.layer })
  const x = graph.input('x', 'float32', xShape)
  const y = layer(graph, workload, x, xShape, constants)
  if (!y) return null
  graph.output(y, 'y')
  return graph.encode()
}

function layer(graph: Graph, workload: LayerWorkload, x: Value, xShape: Shape, constants: Constants): Value | null {
  const constant = (name: string) => initializer(graph, constants[name])
  // The benchmark has tried these attributes on this layer.
  const { attributes: given } = workload
  switch (workload.layer) {
    case 'conv2d': {
      const d = conv2d.dims(xShape, constants.w?.shape ?? [], undefined, given as Conv2dOptions)
      const attributes = {
        kernel_shape: [d.kH, d.kW],
        strides: [d.strideH, d.strideW],
        pads: [d.padTop, d.padLeft, d.padBottom, d.padRight],
        dilations: [d.dilationH, d.dilationW],
        group: d.groups,
      }
      return one(graph, 'Conv', [x, constant('w'), constant('b')], [d.n, d.outC, d.outH, d.outW], attributes)
    }
    case 'maxPool2d': {
      const d = maxPool2d.dims(xShape, given as unknown as MaxPool2dOptions)
      const attributes = {
        kernel_shape: [d.kH, d.kW],
        strides: [d.strideH, d.strideW],
        pads: [d.padTop, d.padLeft, d.padBottom, d.padRight],
      }
      return one(graph, 'MaxPool', [x], [d.n, d.channels, d.outH, d.outW], attributes)
    }
    case 'affine': {
      const y = [xShape[0] ?? 1, constants.w?.shape[1] ?? 1]
      return one(graph, 'Gemm', [x, constant('w'), constant('b')], y)
    }
    case 'batchNorm': {
      const { eps = 1e-5 } = given as unknown as BatchNormOptions
      return batchNorm(graph, eps, x, xShape, constants)
    }
    default:
      return null
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
