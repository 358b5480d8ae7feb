import type { Pass, Peer, PeerRunnable, Refusal } from '@convkit/bench'
import type { NdArray } from '@convkit/conformance'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { version_wasm as version } from '@tensorflow/tfjs-backend-wasm'
import { type Compute, type Computes, computesOf, type Tensors, type TfjsBackend } from './tfjsLayers.js'

/** TensorFlow.js. Its wasm backend has no threads in Node. */
export async function createTfjs(backend: TfjsBackend, patienceSeconds: number): Promise<Peer> {
  tf.enableProdMode()
  await tf.setBackend(backend)
  await tf.ready()
  return {
    name: `tfjs-${backend}`,
    description: `TensorFlow.js ${version}, backend ${backend}, one thread`,
    async prepare(workload, c) {
      await tf.setBackend(backend)
      const arrays = Object.entries({ ...c.inputs, ...(c.dy && { dy: c.dy }) })
      const tensors = Object.fromEntries(arrays.map(([name, array]) => [name, upload(name, array)]))
      return runnable(backend, workload.passes, computesOf(workload, tensors, { backend, patienceSeconds }), tensors)
    },
  }
}

function runnable(backend: TfjsBackend, passes: readonly Pass[], computes: Computes, tensors: Tensors): PeerRunnable {
  const last: { [P in Pass]?: ReturnType<Compute> } = {}
  const calls: { [P in Pass]?: () => void } = {}
  const missing: { [P in Pass]?: Refusal } = {}
  for (const pass of passes) {
    const compute = computes[pass]
    if (compute && 'reason' in compute) missing[pass] = compute
    else if (compute)
      calls[pass] = () => {
        tf.dispose(last[pass] ?? {})
        last[pass] = tf.tidy(compute)
      }
  }
  return {
    calls,
    missing,
    // Both backends are done when a call returns.
    sync: async () => {},
    enter: () => tf.setBackend(backend),
    async results(pass) {
      await tf.setBackend(backend)
      return Object.fromEntries(
        Object.entries(last[pass] ?? {}).map(([name, tensor]) => [name, download(name, tensor)]),
      )
    },
    [Symbol.dispose]() {
      for (const result of [...Object.values(last), tensors]) tf.dispose(result)
    },
  }
}

/** Images go to NHWC and filters to HWIO, the only layouts that both backends have. */
function upload(name: string, { shape, data }: NdArray): tf.Tensor {
  return tf.tidy(() => {
    const tensor = tf.tensor(Float32Array.from(data), [...shape])
    return shape.length === 4 ? tf.transpose(tensor, name === 'w' ? [2, 3, 1, 0] : [0, 2, 3, 1]) : tensor
  })
}

function download(name: string, tensor: tf.Tensor): NdArray {
  const own = tensor.rank === 4 ? tf.transpose(tensor, name === 'dw' ? [3, 2, 0, 1] : [0, 3, 1, 2]) : tensor
  return { shape: own.shape, data: Float64Array.from(own.dataSync()) }
}
