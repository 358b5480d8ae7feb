import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

/** A naive backend that counts its living storages and notes whether each convolution's dx was asked for. */
export function createSpy() {
  const naive = createNaive()
  const living = new Set<Data>()
  const askedForDx: boolean[] = []
  const { conv2d } = naive.kernels.float64 ?? {}
  if (!conv2d) throw new Error('naive has no float64 convolution')
  const backend: Backend<Data> = {
    ...naive,
    kernels: {
      float64: {
        ...naive.kernels.float64,
        conv2d: {
          forward: conv2d.forward,
          backward(d, dy, x, w, dx, dw, db) {
            askedForDx.push(dx !== null)
            conv2d.backward(d, dy, x, w, dx, dw, db)
          },
        },
      },
    },
    alloc(length, dtype) {
      const storage = naive.alloc(length, dtype)
      living.add(storage)
      return storage
    },
    free(storage) {
      living.delete(storage)
      naive.free(storage)
    },
  }
  return { backend, living, askedForDx }
}
