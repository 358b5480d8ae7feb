import type { AnyKernel, Backend, Data, FloatDType, KernelName, Kernels, Signature } from '@convkit/api'
import { signatures } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type Mutant, mutants } from './mutant.js'

/** A kernel's storages by the names of its signature; null where one is optional and not given. */
type Operands = ReadonlyMap<string, Data | null>

interface Wrapping {
  readonly says: string
  /** The law that must notice. */
  readonly killer: string
  readonly layers: readonly KernelName[]
  /** What every kernel of the layer becomes; called once for each mutant. */
  wrap(): (signature: Signature, operands: Operands, run: (others?: Operands) => void) => void
}

const layers = ['conv2d', 'affine', 'relu', 'maxPool2d', 'avgPool2d', 'batchNorm', 'layerNorm', 'groupNorm'] as const
const losses = ['softmaxCrossEntropy', 'svmLoss'] as const
const updates = ['sgd', 'sgdMomentum', 'rmsprop', 'adam', 'adamw'] as const
const withOptional = ['conv2d', 'layerNorm', 'groupNorm'] as const

/** Faults of no formula, in every layer alike. */
const wrappings: { readonly [name: string]: Wrapping } = {
  'scratch-in-input': {
    says: 'the end of the first input serves as scratch space',
    killer: 'inputs-kept',
    layers: [...layers, ...losses, ...updates, 'vector'],
    wrap: () => (signature, operands, run) => {
      run()
      const input = operands.get(signature.reads[0])
      if (input) input[input.length - 1] = 0.5
    },
  },
  'output-accumulated': {
    says: 'results are added to what the memory of the outputs holds',
    killer: 'overwrites',
    layers: [...layers, ...losses, 'vector'],
    wrap: () => (signature, operands, run) => {
      const outputs = (signature.writes ?? []).flatMap((name) => operands.get(name) ?? [])
      const before = outputs.map((output) => output.slice())
      run()
      for (const [k, output] of outputs.entries()) for (let i = 0; i < output.length; i++) output[i] += before[k][i]
    },
  },
  wobbling: {
    says: 'one call in seven rounds the last element of its first output the other way',
    killer: 'repeats',
    layers: [...layers, ...losses, ...updates, 'vector'],
    wrap() {
      let calls = 0
      return (signature, operands, run) => {
        run()
        const name = [...(signature.updates ?? []), ...(signature.writes ?? [])].at(0)
        const output = name === undefined ? null : operands.get(name)
        if (!output || ++calls % 7 !== 0) return
        const ulp = output instanceof Float32Array ? 2 ** -23 : 2 ** -52
        output[output.length - 1] *= 1 + ulp
      }
    },
  },
  'all-or-nothing': {
    says: 'where one gradient is not wanted none is computed',
    killer: 'unwanted',
    layers: withOptional,
    wrap: () => (signature, operands, run) => {
      if (signature.writes?.some((name) => operands.get(name) === null)) return
      run()
    },
  },
  'last-forward-remembered': {
    says: 'backward kernels use what the last forward call was given and gave, not what they are given',
    killer: 'saved',
    layers: ['conv2d', 'affine', 'batchNorm', 'layerNorm', 'groupNorm'],
    wrap() {
      const last = new Map<string, Data>()
      return (signature, operands, run) => {
        if (!operands.has('dy')) {
          run()
          for (const [name, storage] of operands) if (storage) last.set(name, storage.slice())
          return
        }
        const others = new Map(operands)
        for (const name of signature.reads) {
          const remembered = last.get(name)
          if (remembered?.length === operands.get(name)?.length) others.set(name, remembered ?? null)
        }
        run(others)
      }
    },
  },
}

function create(layer: KernelName, wrapping: Wrapping): Backend<Data> {
  const naive = createNaive()
  const around = wrapping.wrap()
  const wrong = (dtype: FloatDType): Partial<Kernels<Data>> => {
    const table: object = naive.kernels[dtype]?.[layer] ?? {}
    // Seen without their types, so that one loop serves every kernel.
    const kernels = Object.entries(table) as [string, AnyKernel<Data>][]
    const named: { readonly [method: string]: Signature } = signatures[layer]
    const wrapped = kernels.map(([method, kernel]) => [method, wrappedKernel(kernel, named[method], around)])
    return { ...naive.kernels[dtype], [layer]: Object.fromEntries(wrapped) }
  }
  return { ...naive, kernels: { float32: wrong('float32'), float64: wrong('float64') } }
}

function wrappedKernel(
  kernel: AnyKernel<Data>,
  signature: Signature,
  around: ReturnType<Wrapping['wrap']>,
): AnyKernel<Data> {
  const names = [...signature.reads, ...(signature.updates ?? []), ...(signature.writes ?? [])]
  return (...args) => {
    const leading = args.slice(0, args.length - names.length)
    // Behind dims and scalars there are storages alone.
    const storages = args.slice(leading.length) as (Data | null)[]
    const operands = new Map(names.map((name, i) => [name, storages[i]]))
    around(signature, operands, (others = operands) => kernel(...leading, ...others.values()))
  }
}

export const everyLayerMutants: readonly Mutant[] = Object.entries(wrappings).flatMap(([name, wrapping]) =>
  wrapping.layers.flatMap((layer) =>
    mutants(layer, { [name]: { says: wrapping.says, killers: [wrapping.killer] } }, () => create(layer, wrapping)),
  ),
)
