import { type Backend, type Data, type FloatDType, type KernelName, type KernelTables, mapKernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type Fault, kernelMutants, type Mutant, mutants } from './mutant.js'

/** What every kernel of a layer becomes; called once for each mutant. */
interface Rewrite extends Fault {
  readonly layers: readonly KernelName[]
  wrap(): (run: () => void) => unknown
}

/** Faults in how a kernel answers, and not in what it computes. */
const answers: { readonly [name: string]: Rewrite } = {
  'returns-a-promise': {
    says: 'kernels are async functions: the work is done, but what they give back is a promise that nobody waits for',
    killers: ['forward', 'large'],
    layers: ['conv2d', 'batchNorm', 'softmaxCrossEntropy', 'adam'],
    wrap: () => async (run) => run(),
  },
  'promise-rejects': {
    says: 'kernels are async functions that end with an error nobody hears of',
    killers: ['forward', 'large'],
    layers: ['relu', 'sgd'],
    wrap: () => async () => {
      throw new Error('the device is gone')
    },
  },
  'broken-for-good': {
    says: 'the thirtieth call breaks the backend: that one and whatever comes after throws',
    killers: ['forward', 'repeats'],
    layers: ['maxPool2d', 'affine'],
    wrap() {
      let calls = 0
      return (run) => {
        if (++calls >= 30) throw new Error('the device is lost')
        run()
      }
    },
  },
}

function rewritten({ wrap }: Rewrite, layer: KernelName): Backend<Data> {
  const naive = createNaive()
  const around = wrap()
  const wrong = (dtype: FloatDType): KernelTables<Data> =>
    mapKernels(naive.kernels[dtype], (kernel) =>
      kernel.layer === layer ? (call) => around(() => kernel.run(call)) : kernel.run,
    )
  return { ...naive, kernels: { float32: wrong('float32'), float64: wrong('float64') } }
}

/** Faults that take earlier calls, or that hide behind calls that are refused. */
const reluMutants = kernelMutants('relu', {
  'wrong-from-the-fiftieth-call': {
    says: 'a counter that overflows: from the fiftieth call on the first element of y is 1 too large',
    killers: ['forward', 'idempotent'],
    change: ({ forward }) => {
      let calls = 0
      return {
        forward(d, x, y) {
          forward(d, x, y)
          if (++calls >= 50) y[0] += 1
        },
      }
    },
  },
  'whole-vectors-alone': {
    says: 'refuses whatever does not fill vectors of 8, and leaves out the last vector from 64 elements on',
    killers: ['forward', 'large', 'halves'],
    change: ({ forward }) => ({
      forward(d, x, y) {
        forward(d, x, y)
        if (d.size >= 64) y.fill(0, d.size - 8)
      },
      unsupported: ({ size }) => (size % 8 === 0 ? null : 'it does not fill vectors of 8'),
    }),
  },
  'large-result-kept': {
    says: 'a result of more than 60 elements is kept, and given again where the next call has 3 or more',
    killers: ['forward', 'large', 'halves'],
    change: ({ forward }) => {
      let kept: Data | null = null
      return {
        forward(d, x, y) {
          forward(d, x, y)
          if (d.size > 60) kept = y.slice()
          else if (kept && d.size >= 3) {
            y.set(kept.subarray(0, d.size))
            kept = null
          }
        },
      }
    },
  },
})

/** The casts are what the types would forbid. */
const members: { readonly [name: string]: Fault & { change(right: Backend<Data>): object } } = {
  'alloc-returns-a-promise': {
    says: 'alloc is an async function: a storage is not there yet when it is used',
    killers: ['round-trip', 'apart'],
    change: ({ alloc }) => ({ alloc: async (...args: Parameters<typeof alloc>) => alloc(...args) }),
  },
  'write-returns-a-promise': {
    says: 'write is an async function, whose errors nobody hears of',
    killers: ['round-trip', 'order'],
    change: ({ write }) => ({ write: async (...args: Parameters<typeof write>) => write(...args) }),
  },
  'free-returns-a-promise': {
    says: 'free is an async function, whose errors nobody hears of',
    killers: ['round-trip', 'apart'],
    change: ({ free }) => ({ free: async (...args: Parameters<typeof free>) => free(...args) }),
  },
}

/** What only shows where the suite looks at how a backend behaves, over many calls. */
export const verdictMutants: readonly Mutant[] = [
  ...Object.entries(answers).flatMap(([name, fault]) =>
    fault.layers.flatMap((layer) => mutants(layer, { [name]: fault }, () => rewritten(fault, layer))),
  ),
  ...reluMutants,
  ...mutants('backend', members, ({ change }) => {
    const naive = createNaive()
    return { ...naive, ...change(naive) }
  }),
]
