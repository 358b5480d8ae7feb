import {
  type Backend,
  type Data,
  type FloatDType,
  type KernelName,
  type KernelTables,
  kernelNames,
  mapKernels,
  type RunKernel,
  type SomeKernel,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { zerosLike } from '../mutants/faults.js'
import { type Fault, type Mutant, mutants } from '../mutants/mutant.js'
import { affineRelu, convRelu } from '../mutants/sandwiches.js'

interface Impostor extends Fault {
  /** What every kernel of the layer becomes; called once for each mutant. */
  wrap(): (outputs: readonly Data[], run: () => void) => void
}

/** Kernels that compute nothing, or nothing that they give. */
export const impostors: { readonly [name: string]: Impostor } = {
  zeros: {
    says: 'every output is zeros',
    killers: ['forward', 'large'],
    wrap: () => (outputs) => {
      for (const output of outputs) output.fill(0)
    },
  },
  'nothing-written': {
    says: 'no output is written: fresh memory holds zeros, and what a step updates stays as it was',
    killers: ['forward', 'large'],
    // Memory that was used before holds what it held then, as in any backend.
    wrap: () => () => {},
  },
  'last-result': {
    says: 'each call gives what the call before it should have given, as far as its outputs are as long',
    killers: ['forward', 'large'],
    wrap() {
      let last: readonly Data[] = []
      return (outputs, run) => {
        const before = outputs.map((output) => output.slice())
        run()
        const right = outputs.map((output) => output.slice())
        for (const [i, output] of outputs.entries()) {
          const kept = last[i]
          output.set(kept?.length === output.length ? kept : before[i])
        }
        last = right
      }
    },
  },
}

function create(layer: KernelName, { wrap }: Impostor): Backend<Data> {
  const naive = createNaive()
  const around = wrap()
  const wrong = (dtype: FloatDType): KernelTables<Data> => {
    const right = { ...naive.kernels[dtype], affineRelu, convRelu }
    return mapKernels({ ...naive.kernels[dtype], [layer]: right[layer] }, (kernel) =>
      kernel.layer === layer ? impostorOf(kernel, around) : kernel.run,
    )
  }
  // Fresh memory, so that what is not written is zeros and not an earlier result.
  return {
    ...naive,
    alloc: (length, dtype) => zerosLike(naive.alloc(0, dtype), length),
    free: () => {},
    kernels: { float32: wrong('float32'), float64: wrong('float64') },
  }
}

function impostorOf({ run, reads }: SomeKernel<Data>, around: ReturnType<Impostor['wrap']>): RunKernel<Data> {
  return (call) => {
    const outputs = call.storages.slice(reads.length)
    around(
      outputs.filter((output) => output !== null),
      () => run(call),
    )
  }
}

export const impostorMutants: readonly Mutant[] = kernelNames.flatMap((layer) =>
  mutants(layer, impostors, (impostor) => create(layer, impostor)),
)
