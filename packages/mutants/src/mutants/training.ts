import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type Fault, type Mutant, mutants } from './mutant.js'

type Layer = 'affine' | 'conv2d'

/** Keeps a copy of each layer's weights until they are written to or freed, but not when an update changes them. */
function packing(layers: readonly Layer[]): Backend<Data> {
  const naive = createNaive()
  const packed = new Map<Data, Data>()
  const pack = (w: Data): Data => {
    const copy = packed.get(w) ?? w.slice()
    packed.set(w, copy)
    return copy
  }
  const { affine, conv2d, ...kernels } = naive.kernels.float64 ?? {}
  if (!affine || !conv2d) throw new Error('the naive backend has every layer')
  const table = {
    ...kernels,
    affine: layers.includes('affine')
      ? { ...affine, forward: (d, x, w, b, y) => affine.forward(d, x, pack(w), b, y) }
      : affine,
    conv2d: layers.includes('conv2d')
      ? { ...conv2d, forward: (d, x, w, b, y) => conv2d.forward(d, x, pack(w), b, y) }
      : conv2d,
  } satisfies Backend<Data>['kernels']['float64']
  return {
    ...naive,
    kernels: { float32: table, float64: table },
    write(storage, data) {
      packed.delete(storage)
      naive.write(storage, data)
    },
    free(storage) {
      packed.delete(storage)
      naive.free(storage)
    },
  }
}

const faults: { readonly [name: string]: Fault & { readonly layers: readonly Layer[] } } = {
  'packed-weights-outlive-updates': {
    says: 'affine packs its weights once and not again after an update: right in the first step only',
    killers: ['curve'],
    layers: ['affine'],
  },
  'packed-filters-outlive-updates': {
    says: 'conv2d packs its filters once and not again after an update: right in the first step only',
    killers: ['curve'],
    layers: ['conv2d'],
  },
}

/** Right in every single call: wrong only in a program of several. */
export const trainingMutants: readonly Mutant[] = mutants('training', faults, ({ layers }) => packing(layers))
