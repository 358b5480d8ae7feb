import { type AnyKernelTable, type Backend, type Data, type FloatDType, type KernelName, kernelsOf } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

/** What a kernel may do wrong, given its output. */
const faults = {
  throws() {
    throw new RangeError('no such register')
  },
  nan: (y: Data) => y.fill(Number.NaN),
  exits: () => process.exit(7),
  aborts: () => process.abort(),
  spins() {
    for (;;);
  },
  'returns a promise': async () => {},
  async rejects() {
    throw new Error('nobody waits for this')
  },
  'leaves a rejected promise'() {
    void Promise.reject(new Error('nobody waits for this'))
  },
  'runs out of memory'() {
    const kept: unknown[] = []
    for (;;) kept.push(new Array(1e6).fill(kept.length))
  },
  'hangs in read': () => {},
  'is slow': () => {},
  'reads the wrong length': () => {},
} as const

export type Fault = keyof typeof faults

export interface Faults {
  /** Faulty in its forward pass alone. */
  readonly layers: { readonly [L in KernelName]?: Fault }
  /** Default: float32 alone. */
  readonly dtypes?: readonly FloatDType[]
  /** The module does not even load. */
  readonly broken?: boolean
}

/** The naive backend with a fault a layer. */
export function createBackend({ layers, dtypes = ['float32'], broken }: Faults): Backend<Data> {
  if (broken) throw new Error('the driver is missing')
  const naive = createNaive()
  const tainted = new Map<Data, Fault>()
  const tables: { [layer: string]: unknown } = { ...naive.kernels.float32 }
  for (const [layer, fault] of Object.entries(layers)) {
    // Seen without its types, so that one wrapper serves every layer.
    const table = tables[layer] as AnyKernelTable<Data>
    const method = kernelsOf(layer)[0]?.method ?? ''
    tables[layer] = {
      ...table,
      [method](dims: object, ...args: readonly (object | null)[]) {
        table[method]?.(dims, ...args)
        const y = args.at(-1) as Data
        tainted.set(y, fault)
        return faults[fault](y)
      },
    }
  }
  return {
    ...naive,
    name: 'faulty',
    kernels: Object.fromEntries(dtypes.map((dtype) => [dtype, tables])),
    async read(storage, into) {
      const whole = await naive.read(storage, into)
      const fault = tainted.get(storage)
      if (fault === 'hangs in read') await new Promise(() => {})
      if (fault === 'is slow') await new Promise((resolve) => setTimeout(resolve, 1000))
      return fault === 'reads the wrong length' ? whole.slice(1) : whole
    },
    free(storage) {
      tainted.delete(storage)
      naive.free(storage)
    },
  }
}
