import type { Backend } from '@convkit/api'
import { type Dataset, Random } from '@convkit/data'
import { loadCifar10 } from '@convkit/data/node'
import { ThreeLayerConvNet } from '@convkit/nn'

/** A run that several processes make alike. */
export interface Plan {
  /** CIFAR-10, or random images in classes that can be told apart. */
  readonly cifar10: boolean
  readonly rows: number
  readonly net: {
    readonly inputDim: readonly [number, number, number]
    readonly numFilters: number
    readonly filterSize: number
    readonly hiddenDim: number
    readonly weightScale: number
    readonly reg: number
  }
  readonly options: {
    readonly epochs: number
    readonly batchSize: number
    readonly optimizer: { readonly name: 'adam'; readonly learningRate: number }
    readonly keepBest: boolean
    readonly trainSamples: number
  }
}

export const createModel = (backend: Backend, { net }: Plan) => new ThreeLayerConvNet(backend, { ...net, seed: 231 })

export async function loadData({ cifar10, rows, net }: Plan) {
  if (cifar10) return await loadCifar10({ train: rows, validation: 10, test: 0 })
  return { train: drawn(rows, net.inputDim, 1), validation: drawn(10, net.inputDim, 2) }
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
