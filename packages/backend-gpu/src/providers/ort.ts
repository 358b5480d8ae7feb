import type { Data, DType } from '@convkit/api'
import type { InferenceSession, InferenceSessionFactory, Tensor, TensorConstructor } from 'onnxruntime-common'
import { onHost, type Resident, type Session, type SessionSpec } from './provider.js'

/** What onnxruntime-node and onnxruntime-web have in common: the module of either is one. */
export interface Runtime {
  readonly InferenceSession: InferenceSessionFactory
  readonly Tensor: TensorConstructor
}

class DeviceTensor implements Resident {
  readonly tensor: Tensor

  constructor(tensor: Tensor) {
    this.tensor = tensor
  }

  get shape(): readonly number[] {
    return this.tensor.dims
  }

  dispose(): void {
    this.tensor.dispose()
  }
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array } as const

/** The same memory under a type of this realm's: onnxruntime takes no other, but where test runners make one gives them out. */
function ownRealm(data: Data, dtype: DType): Data {
  const type = arrays[dtype]
  return data instanceof type ? data : new type(data.buffer as ArrayBuffer, data.byteOffset, data.length)
}

/**
 * A session of onnxruntime, by the runtime's own options (`executionProviders` and the like). Outputs that are not resident
 * are computed or copied to the host.
 */
export async function createOrtSession(
  { InferenceSession, Tensor }: Runtime,
  { model, inputs, outputs }: SessionSpec,
  options: InferenceSession.SessionOptions,
): Promise<Session> {
  const locations = outputs.some(({ resident }) => resident)
    ? {
        preferredOutputLocation: Object.fromEntries(
          outputs.map(({ name, resident }) => [name, resident ? 'gpu-buffer' : 'cpu'] as const),
        ),
      }
    : {}
  const session = await InferenceSession.create(model, { ...options, ...locations })
  const names = outputs.map(({ name }) => name)

  function tensor(value: Data | Resident, dtype: DType, shape: readonly number[]): Tensor {
    return value instanceof DeviceTensor ? value.tensor : new Tensor(dtype, ownRealm(onHost(value), dtype), shape)
  }

  return {
    async run(values) {
      const feeds: { [name: string]: Tensor } = {}
      for (const [i, { name, dtype, shape }] of inputs.entries()) feeds[name] = tensor(values[i], dtype, shape)
      const results = await session.run(feeds, names)
      return outputs.map(({ name, resident }) =>
        // `data` of a tensor on a device must not be asked for: in Node that ends the process.
        resident ? new DeviceTensor(results[name] as Tensor) : (results[name].data as Data),
      )
    },

    async release() {
      await session.release()
    },
  }
}
