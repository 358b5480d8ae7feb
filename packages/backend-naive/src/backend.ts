import { type Backend, checkOptions, computing, type Data, type FloatDType, type Kernels } from '@convkit/api'
import { composed } from './composed.js'
import { affine } from './layers/affine.js'
import { avgPool2d } from './layers/avgPool2d.js'
import { batchNorm } from './layers/batchNorm.js'
import { concat } from './layers/concat.js'
import { conv2d } from './layers/conv2d.js'
import { groupNorm } from './layers/groupNorm.js'
import { layerNorm } from './layers/layerNorm.js'
import { maxPool2d } from './layers/maxPool2d.js'
import { relu } from './layers/relu.js'
import { softmaxCrossEntropy } from './layers/softmaxCrossEntropy.js'
import { svmLoss } from './layers/svmLoss.js'
import { createMemory } from './memory.js'
import { adam } from './updates/adam.js'
import { adamw } from './updates/adamw.js'
import { rmsprop } from './updates/rmsprop.js'
import { sgd } from './updates/sgd.js'
import { sgdMomentum } from './updates/sgdMomentum.js'
import { vector } from './vector.js'

/** One table for both dtypes: sums run in double precision and are rounded when they are stored. */
const kernels: Kernels<Data> = {
  vector,
  affine,
  conv2d,
  maxPool2d,
  avgPool2d,
  relu,
  concat,
  batchNorm,
  layerNorm,
  groupNorm,
  softmaxCrossEntropy,
  svmLoss,
  sgd,
  sgdMomentum,
  rmsprop,
  adam,
  adamw,
  ...composed,
}

/** Its tables are whole: what has a layer has each of its kernels. */
export interface NaiveBackend extends Backend<Data> {
  readonly kernels: { readonly [D in FloatDType]?: Partial<Kernels<Data>> }
}

/**
 * The executable definition of every layer: plain loops over typed arrays, run at once, on the calling thread.
 * Storage is the typed array itself. Float32 sums are accumulated in double precision and rounded once.
 * There are no options; throws `ConfigError` for one.
 */
export function createNaive(options: Readonly<Record<string, never>> = {}): NaiveBackend {
  checkOptions('naive', options, {})
  const memory = createMemory()
  return {
    name: 'naive',
    description: `plain TypeScript, one thread, ${engine()}`,
    kernels: { float32: kernels, float64: kernels },

    compose(kernel, call) {
      computing(kernel)(call)
    },

    alloc: memory.alloc,
    free: memory.free,

    write(storage, data) {
      storage.set(data)
    },

    async read(storage, into) {
      if (!into) return storage.slice()
      into.set(storage)
      return into
    },
  }
}

interface Host {
  readonly process?: { readonly versions?: { readonly node?: string; readonly v8?: string } }
  readonly navigator?: { readonly userAgent?: string }
}

function engine(): string {
  const { process, navigator }: Host = Object(globalThis)
  const versions = process?.versions
  if (versions?.node) return `Node ${versions.node} (V8 ${versions.v8})`
  return navigator?.userAgent ?? 'unknown engine'
}
