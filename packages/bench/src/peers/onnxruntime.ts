import { conv2d, maxPool2d, type Shape } from '@convkit/api'
import type { NdArray } from '@convkit/conformance'
import { env, InferenceSession, Tensor } from 'onnxruntime-web'
import type { LayerWorkload } from '../workload.js'
import { model, node } from './onnxModel.js'
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

function modelOf(workload: LayerWorkload, x: Shape, constants: { readonly [name: string]: NdArray }): Uint8Array {
  const bias = constants.b ? ['b'] : []
  switch (workload.layer) {
    case 'conv2d': {
      const d = conv2d.dims(x, constants.w?.shape ?? [], undefined, workload.attributes)
      const attributes = {
        kernel_shape: [d.kH, d.kW],
        strides: [d.strideH, d.strideW],
        pads: workload.attributes.pad,
        dilations: [d.dilationH, d.dilationW],
        group: d.groups,
      }
      return model([node('Conv', ['x', 'w', ...bias], 'y', attributes)], x, [d.n, d.outC, d.outH, d.outW], constants)
    }
    case 'maxPool2d': {
      const { kernel, stride, pad } = workload.attributes
      const d = maxPool2d.dims(x, workload.attributes)
      const attributes = { kernel_shape: kernel, strides: stride, pads: pad }
      return model([node('MaxPool', ['x'], 'y', attributes)], x, [d.n, d.channels, d.outH, d.outW], constants)
    }
    case 'affine': {
      const y = [x[0] ?? 1, constants.w?.shape[1] ?? 1]
      return model([node('Gemm', ['x', 'w', ...bias], 'y')], x, y, constants)
    }
    case 'batchNorm':
      return batchNorm(workload.attributes.eps, x, constants)
  }
}

/** Composed: `BatchNormalization` has no training mode in this build. */
function batchNorm(eps: number, x: Shape, { gamma, beta }: { readonly [name: string]: NdArray }): Uint8Array {
  const channels = [gamma?.shape[0] ?? 1, ...x.slice(2).map(() => 1)]
  const column = (array: NdArray | undefined): NdArray => ({
    shape: channels,
    data: array?.data ?? new Float64Array(0),
  })
  const axes = x.map((_, axis) => axis).filter((axis) => axis !== 1)
  const nodes = [
    node('ReduceMean', ['x'], 'mean', { axes, keepdims: 1 }),
    node('Sub', ['x', 'mean'], 'centred'),
    node('Mul', ['centred', 'centred'], 'squares'),
    node('ReduceMean', ['squares'], 'variance', { axes, keepdims: 1 }),
    node('Add', ['variance', 'eps'], 'shifted'),
    node('Sqrt', ['shifted'], 'deviation'),
    node('Div', ['gamma', 'deviation'], 'factor'),
    node('Mul', ['centred', 'factor'], 'scaled'),
    node('Add', ['scaled', 'beta'], 'y'),
  ]
  const constants = { gamma: column(gamma), beta: column(beta), eps: { shape: [1], data: Float64Array.of(eps) } }
  return model(nodes, x, x, constants)
}
