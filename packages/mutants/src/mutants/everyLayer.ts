import {
  activations,
  type Backend,
  type Data,
  type FloatDType,
  fusedNames,
  type KernelInfo,
  type KernelName,
  type KernelTables,
  kernelNames,
  layerNames,
  lossNames,
  mapKernels,
  namedStorages,
  ofComposedUpdates,
  type RunKernel,
  type SomeKernel,
  updateNames,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped, rounded } from './faults.js'
import { type Mutant, mutants } from './mutant.js'
import { affineRelu, convRelu } from './sandwiches.js'

/** A kernel's storages by the names of its signature; null where one is optional and not given. */
type Operands = ReadonlyMap<string, Data | null>

interface Wrapping {
  readonly says: string
  /** The laws that must notice. */
  readonly killers: readonly string[]
  readonly layers: readonly KernelName[]
  /** What every kernel of the layer becomes; called once for each mutant. */
  wrap(): (kernel: KernelInfo, operands: Operands, run: Run) => void
}

/** The right kernel, on its own operands or on others. */
type Run = (others?: Operands) => void

const composedUpdates = ofComposedUpdates(() => true)
/** Those with laws of their own. */
const ownUpdates = updateNames.filter((name) => !Object.hasOwn(composedUpdates, name))
const activationNames = Object.values(activations).map(({ name }) => name)
const withOptional = ['conv2d', 'layerNorm', 'groupNorm'] as const

/** Faults of no formula, in every layer alike. */
const wrappings: { readonly [name: string]: Wrapping } = {
  'scratch-in-input': {
    says: 'the end of the first input serves as scratch space',
    killers: ['inputs-kept'],
    layers: kernelNames,
    wrap: () => (kernel, operands, run) => {
      run()
      const input = operands.get(kernel.reads[0])
      if (input) input[input.length - 1] = 0.5
    },
  },
  'output-accumulated': {
    says: 'results are added to what the memory of the outputs holds',
    killers: ['overwrites'],
    layers: [...layerNames, ...lossNames, ...fusedNames, 'vector'],
    wrap: () => (kernel, operands, run) => {
      const outputs = kernel.writes.flatMap((name) => operands.get(name) ?? [])
      const before = outputs.map((output) => output.slice())
      run()
      for (const [k, output] of outputs.entries()) for (let i = 0; i < output.length; i++) output[i] += before[k][i]
    },
  },
  wobbling: {
    says: 'one call in seven rounds the last element of its first output the other way',
    killers: ['repeats'],
    layers: kernelNames,
    wrap() {
      let calls = 0
      return (kernel, operands, run) => {
        run()
        const name = [...kernel.updates, ...kernel.writes].at(0)
        const output = name === undefined ? null : operands.get(name)
        if (!output || ++calls % 7 !== 0) return
        const ulp = output instanceof Float32Array ? 2 ** -23 : 2 ** -52
        output[output.length - 1] *= 1 + ulp
      }
    },
  },
  'gradient-of-first-lane': {
    says: 'the gradient of the first of four elements serves them all: a broadcast for a load',
    killers: ['elements', 'forward'],
    layers: updateNames,
    wrap: () => (_kernel, operands, run) => withChanged('g', operands, run, (g, i) => g[i - (i % 4)]),
  },
  'gradient-clipped': {
    says: 'gradients are clipped at 1, unasked',
    killers: ['forward', 'scale'],
    layers: ownUpdates,
    wrap: () => (_kernel, operands, run) => withChanged('g', operands, run, (g, i) => clip(g[i])),
  },
  'neighbour-slopes': {
    says: 'the slope of the first of four elements serves them all: a broadcast for a load',
    killers: ['elements', 'batch-order', 'backward'],
    layers: activationNames,
    wrap: () => (_kernel, operands, run) =>
      operands.has('dy') ? withChanged('x', operands, run, (x, i) => x[i - (i % 4)]) : run(),
  },
  'upstream-clipped': {
    says: 'the upstream gradient is clipped at 1, unasked',
    killers: ['scale', 'backward'],
    layers: activationNames,
    wrap: () => (_kernel, operands, run) =>
      operands.has('dy') ? withChanged('dy', operands, run, (dy, i) => clip(dy[i])) : run(),
  },
  'nan-gradient-hidden': {
    says: 'a gradient of NaN counts as 0',
    killers: ['NaN', 'special-values'],
    layers: updateNames,
    wrap: () => (_kernel, operands, run) => withChanged('g', operands, run, (g, i) => g[i] || 0),
  },
  'weights-in-bfloat16': {
    says: 'weights are rounded to 8 bits when they are stored',
    killers: ['rest', 'forward', 'large'],
    layers: ownUpdates,
    wrap: () => (_kernel, operands, run) => {
      run()
      const w = operands.get('w')
      if (w) w.set(mapped(w, (value) => rounded(value, 8)))
    },
  },
  'one-element-off': {
    says: 'the middle element of each gradient is off by a hundred-thousandth of the largest',
    killers: ['numeric-gradient', 'backward'],
    layers: [...layerNames, ...lossNames],
    wrap: () => (kernel, operands, run) => {
      run()
      for (const name of kernel.writes) {
        const gradient = name.startsWith('d') && operands.get(name)
        if (gradient) gradient[gradient.length >> 1] += 1e-5 * largestOf(gradient)
      }
    },
  },
  'all-or-nothing': {
    says: 'where one gradient is not wanted none is computed',
    killers: ['unwanted'],
    layers: withOptional,
    wrap: () => (kernel, operands, run) => {
      if (kernel.writes.some((name) => operands.get(name) === null)) return
      run()
    },
  },
  'last-forward-remembered': {
    says: 'backward kernels use what the last forward call was given and gave, not what they are given',
    killers: ['saved'],
    layers: ['affine', 'batchNorm', 'layerNorm', 'groupNorm', ...activationNames],
    wrap() {
      const last = new Map<string, Data>()
      return (kernel, operands, run) => {
        if (!operands.has('dy')) {
          run()
          for (const [name, storage] of operands) if (storage) last.set(name, storage.slice())
          return
        }
        const others = new Map(operands)
        for (const name of kernel.reads) {
          const remembered = last.get(name)
          if (remembered?.length === operands.get(name)?.length) others.set(name, remembered ?? null)
        }
        run(others)
      }
    },
  },
}

/** The right kernel, on one operand changed. */
function withChanged(name: string, operands: Operands, run: Run, change: (data: Data, index: number) => number): void {
  const data = operands.get(name)
  if (!data) return
  const changed = mapped(data, (_, i) => change(data, i))
  run(new Map(operands).set(name, changed))
}

function largestOf(array: Data): number {
  let largest = 0
  for (const value of array) largest = Math.max(largest, Math.abs(value))
  return largest
}

/** NaN stays NaN. */
function clip(value: number): number {
  return Math.min(1, Math.max(-1, value))
}

function create(layer: KernelName, wrapping: Wrapping): Backend<Data> {
  const naive = createNaive()
  const around = wrapping.wrap()
  const wrong = (dtype: FloatDType): KernelTables<Data> => {
    const right = { ...naive.kernels[dtype], affineRelu, convRelu }
    return mapKernels({ ...naive.kernels[dtype], [layer]: right[layer] }, (kernel) =>
      kernel.layer === layer ? wrappedKernel(kernel, around) : kernel.run,
    )
  }
  return { ...naive, kernels: { float32: wrong('float32'), float64: wrong('float64') } }
}

function wrappedKernel(kernel: SomeKernel<Data>, around: ReturnType<Wrapping['wrap']>): RunKernel<Data> {
  return (call) => {
    const operands = namedStorages(kernel, call)
    around(kernel, operands, (others = operands) => kernel.run({ ...call, storages: [...others.values()] }))
  }
}

export const everyLayerMutants: readonly Mutant[] = Object.entries(wrappings).flatMap(([name, wrapping]) =>
  wrapping.layers.flatMap((layer) =>
    mutants(layer, { [name]: { says: wrapping.says, killers: wrapping.killers } }, () => create(layer, wrapping)),
  ),
)
