import type { Backend } from '@convkit/api'
import { type Dataset, Random } from '@convkit/data'
import { loadCifar10 } from '@convkit/datasets'
import { layers, type Model, Sequential, ThreeLayerConvNet } from '@convkit/nn'

/** A run that several processes make alike. */
export interface Plan {
  /** CIFAR-10, or random images in classes that can be told apart. */
  readonly cifar10: boolean
  readonly rows: number
  readonly image: readonly [number, number, number]
  readonly net: NotebookNet | BatchNormNet
  readonly options: {
    readonly epochs: number
    readonly batchSize: number
    readonly optimizer: { readonly name: 'adam'; readonly learningRate: number }
    readonly keepBest: boolean
    readonly trainSamples: number
  }
}

/** conv - relu - pool - affine - relu - affine, in float32. */
export interface NotebookNet {
  readonly kind: 'notebook'
  readonly numFilters: number
  readonly filterSize: number
  readonly hiddenDim: number
  readonly weightScale: number
  readonly reg: number
}

/**
 * conv - batch norm - relu - pool - affine, in float64: a mean of 100,000 activations may be off by 100,000 roundings, and in
 * float32 the bound of a net that contains it says nothing.
 */
export interface BatchNormNet {
  readonly kind: 'batchNorm'
  readonly filters: number
  /** Statistics over all ranks, or over each rank's part. */
  readonly synchronised: boolean
}

export function createModel(backend: Backend, { image, net }: Plan): Model {
  if (net.kind === 'notebook') {
    const { kind: _, ...options } = net
    return new ThreeLayerConvNet(backend, { ...options, inputDim: image, seed: 231 })
  }
  return new Sequential(backend, {
    input: image,
    layers: [layers.convBnReluPool({ filters: net.filters, kernel: 3, pad: 'same' }), layers.affine({ units: 10 })],
    dtype: 'float64',
    seed: 231,
  })
}

export async function loadData({ cifar10, rows, image }: Plan) {
  if (cifar10) return await loadCifar10({ train: rows, validation: 10, test: 0 })
  return { train: drawn(rows, image, 1), validation: drawn(10, image, 2) }
}

function drawn(n: number, shape: readonly [number, number, number], seed: number): Dataset {
  const random = new Random(seed)
  const size = shape[0] * shape[1] * shape[2]
  const labels = Int32Array.from({ length: n }, () => random.integer(10))
  const images = Float32Array.from(
    random.normal(n * size),
    (noise, i) => 20 * noise + 30 * Math.sin((i % size) * (1 + (labels[Math.floor(i / size)] ?? 0))),
  )
  return { images, labels, shape: [n, ...shape], classNames: Array.from({ length: 10 }, (_, i) => String(i)) }
}
