import {
  activations,
  allKernels,
  avgPool2d,
  conv2d,
  type Data,
  type FloatDType,
  isFused,
  type KernelInfo,
  type KernelName,
  kernelIn,
  mapValues,
  maxPool2d,
  ofElementLosses,
  updateNames,
} from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../src/index.js'
import { draw } from './draw.js'

/** One call of each layer's kernels: dims, scalars for those that take them, and how long each operand is. */
interface Call {
  readonly dims: object
  readonly scalars?: object
  /** By name, or by method and name where one method differs. */
  readonly sizes: { readonly [operand: string]: number }
}

const window = { kernel: [2, 3], stride: 1, pad: 1 } as const
const image = [2, 2, 4, 5] as const
const convDims = conv2d.dims([2, 4, 4, 5], [6, 2, 2, 3], [6], { pad: [1, 2, 0, 1], stride: [2, 1], groups: 2 })
const y = convDims.n * convDims.outC * convDims.outH * convDims.outW
const pooled = avgPool2d.dims(image, { ...window, countIncludePad: false })
const pooledSize = 4 * pooled.outH * pooled.outW
const norm = { x: 24, dy: 24, y: 24, dx: 24, gamma: 4, beta: 4, dgamma: 4, dbeta: 4 }
const perChannel = { mean: 4, variance: 4, batch: 4, running: 4 }
const perGroup = { mean: 4, variance: 4 }
const loss: Call = {
  dims: { n: 3, classes: 4 },
  scalars: { scale: 0.3 },
  sizes: { logits: 12, labels: 3, loss: 1, dlogits: 12 },
}
const update: Call = {
  dims: { size: 7 },
  scalars: {
    learningRate: 0.05,
    momentum: 0.9,
    decayRate: 0.9,
    beta1: 0.8,
    beta2: 0.95,
    epsilon: 1e-3,
    step: 3,
    weightDecay: 0.1,
  },
  sizes: { g: 7, m: 7, v: 7, w: 7 },
}

const elementwise: Call = { dims: { size: 7 }, sizes: { x: 7, y: 7, dy: 7, dx: 7 } }

const calls: { readonly [L in KernelName]?: Call } = {
  vector: { dims: { size: 7 }, scalars: { value: 0.3, a: 0.7 }, sizes: { x: 7, y: 7, m: 7, 'sumOfSquares.y': 1 } },
  affine: {
    dims: { n: 3, inSize: 4, outSize: 5 },
    sizes: { x: 12, w: 20, b: 5, y: 15, dy: 15, dx: 12, dw: 20, db: 5 },
  },
  conv2d: { dims: convDims, sizes: { x: 160, w: 72, b: 6, y, dy: y, dx: 160, dw: 72, db: 6 } },
  maxPool2d: {
    dims: maxPool2d.dims(image, window),
    sizes: { x: 80, y: pooledSize, dy: pooledSize, dx: 80 },
  },
  avgPool2d: { dims: pooled, sizes: { x: 80, y: pooledSize, dy: pooledSize, dx: 80 } },
  relu: elementwise,
  concat: { dims: { n: 3, left: 4, right: 2 }, sizes: { x: 12, z: 6, y: 18, dy: 18, dx: 12, dz: 6 } },
  ...mapValues(activations, ({ defaults }) => ({ ...elementwise, scalars: defaults })),
  batchNorm: {
    dims: { n: 3, channels: 4, inner: 2 },
    scalars: { eps: 1e-3, momentum: 0.9, count: 6 },
    sizes: { ...norm, ...perChannel },
  },
  layerNorm: {
    dims: { n: 4, size: 6 },
    scalars: { eps: 1e-3 },
    sizes: { ...norm, ...perGroup, gamma: 6, beta: 6, dgamma: 6, dbeta: 6 },
  },
  groupNorm: {
    dims: { n: 2, channels: 4, inner: 3, groups: 2 },
    scalars: { eps: 1e-3 },
    sizes: { ...norm, ...perGroup },
  },
  softmaxCrossEntropy: loss,
  svmLoss: loss,
  ...ofElementLosses(({ defaults }) => ({
    dims: { size: 7 },
    scalars: { scale: 0.3, ...defaults },
    sizes: { x: 7, t: 7, terms: 7, dx: 7 },
  })),
  ...Object.fromEntries(updateNames.map((name) => [name, update])),
}

/** Without those that are optional, so that sandwiches are composed. */
const kernels = allKernels.filter(({ layer }) => !isFused(layer))

type Operands = { readonly [name: string]: Data | null }

function kernelOf(dtype: FloatDType, { layer, method }: KernelInfo) {
  return kernelIn(createNaive().kernels[dtype], layer, method)
}

/** Operands with float32 values in arrays of `dtype`; variances and labels are what the formulas need them to be. */
function operands(dtype: FloatDType, { layer, method, reads, updates, writes }: KernelInfo, poison: number): Operands {
  const random = draw(29)
  const make = (name: string, values: Float64Array): [string, Data] => {
    if (name === 'labels') return [name, Int32Array.from(values, (_, i) => (i * 2 + 1) % 4)]
    const single = Float32Array.from(values, (v) => (name === 'variance' || name === 'v' ? v + 1 : v))
    return [name, dtype === 'float32' ? single : Float64Array.from(single)]
  }
  const sizes = calls[layer]?.sizes ?? {}
  const length = (name: string) => sizes[`${method}.${name}`] ?? sizes[name] ?? Number.NaN
  return Object.fromEntries([
    ...[...reads, ...updates].map((name) => make(name, random(length(name)))),
    ...writes.map((name) => make(name, new Float64Array(length(name)).fill(poison))),
  ])
}

function run(dtype: FloatDType, which: KernelInfo, given: Operands): void {
  const { dims = {}, scalars = null } = calls[which.layer] ?? {}
  kernelOf(dtype, which)?.run({ dims, scalars, storages: which.operands.map((name) => given[name] ?? null) })
}

function copies(given: Operands, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, given[name]?.slice()]))
}

describe.each(['float32', 'float64'] as const)('every %s kernel', (dtype) => {
  test('is there, and none that is optional', () => {
    for (const kernel of kernels) expect(kernelOf(dtype, kernel), kernel.name).toBeDefined()
    expect(Object.keys(createNaive().kernels[dtype] ?? {}).sort()).toEqual(Object.keys(calls).sort())
  })

  test.each(kernels)('$name overwrites its outputs and leaves its inputs alone', (which) => {
    const { reads, updates, writes } = which
    const poisoned = operands(dtype, which, Number.NaN)
    const before = copies(poisoned, reads)
    run(dtype, which, poisoned)
    expect(copies(poisoned, reads)).toEqual(before)
    const outputs = [...updates, ...writes]
    expect(outputs.length).toBeGreaterThan(0)
    for (const name of outputs) expect([...(poisoned[name] ?? [])].filter(Number.isNaN), name).toEqual([])
    const other = operands(dtype, which, 7)
    run(dtype, which, other)
    expect(copies(other, outputs)).toEqual(copies(poisoned, outputs))
  })

  const optional = kernels.flatMap((which) =>
    which.optional
      .filter((name) => which.writes.includes(name))
      .map((output) => ({ output, kernel: which.name, which })),
  )

  test.each(optional)('$kernel without $output gives the same other outputs', ({ output, which }) => {
    const others = which.writes.filter((write) => write !== output)
    const all = operands(dtype, which, Number.NaN)
    run(dtype, which, all)
    const some = { ...operands(dtype, which, Number.NaN), [output]: null }
    run(dtype, which, some)
    expect(copies(some, others)).toEqual(copies(all, others))
  })
})

/** These read back a state that they stored; their float32 steps are held to the formula in updates.test.ts. */
const storesItsState: readonly string[] = ['sgdMomentum', 'rmsprop', 'adam', 'adamw']

test.each(kernels.filter(({ layer }) => !storesItsState.includes(layer)))(
  '$name in float32 is its float64 result, rounded once',
  (which) => {
    const { updates, writes } = which
    const wide = operands('float64', which, Number.NaN)
    const single = operands('float32', which, Number.NaN)
    run('float64', which, wide)
    run('float32', which, single)
    for (const name of [...updates, ...writes])
      expect([...(single[name] ?? [])], name).toEqual([...(wide[name] ?? [])].map(Math.fround))
  },
)
