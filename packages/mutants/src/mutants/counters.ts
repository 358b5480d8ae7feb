import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped } from './faults.js'
import { type NamedCall, watched } from './keeping.js'
import { type Mutant, mutants } from './mutant.js'

interface Counted {
  readonly says: string
  /** Default: `many-calls`. */
  readonly killers?: readonly string[]
  create(): Backend<Data>
}

/** What happens to the calls of a kernel, which are counted from 1. */
function counting(kernel: string, change: (call: NamedCall, count: number) => void): Backend<Data> {
  let count = 0
  return watched({ kernels: { [kernel]: (call) => change(call, ++count) } })
}

/** The last `size` plans are kept, by the dims of a call; once there are more, `pick` says which one serves. */
function caching(kernel: string, size: number, pick: (plans: readonly object[], own: object) => object): Backend<Data> {
  const plans = new Map<string, object>()
  return watched({
    kernels: {
      [kernel]({ dims, run }) {
        const key = JSON.stringify(dims)
        const isFull = !plans.has(key) && plans.size >= size
        if (!isFull) plans.set(key, dims)
        run({ dims: isFull ? pick([...plans.values()], dims) : dims })
      },
    },
  })
}

const faults: { readonly [layer: string]: { readonly [name: string]: Counted } } = {
  relu: {
    'every-256th-call-dropped': {
      says: 'a ring of 256 calls is full when its last place is, and that call is lost',
      create: () =>
        counting('relu.backward', ({ run }, count) => {
          if (count % 256 !== 0) run()
        }),
    },
  },
  conv2d: {
    'coarse-from-1000-calls': {
      says: 'from the 1,000th call on a tuned algorithm takes over, which rounds filters to 11 bits',
      create: () =>
        counting('conv2d.forward', ({ operands, run }, count) => {
          const w = operands.get('w')
          const coarse = w && mapped(w, (value) => Math.round(value * 64) / 64)
          run(count < 1000 ? {} : { operands: new Map(operands).set('w', coarse ?? null) })
        }),
    },
    'oldest-of-64-plans': {
      says: 'a cache of 64 plans that is full gives the oldest of them for any other shape',
      killers: ['many-shapes'],
      create: () => caching('conv2d.forward', 64, ([oldest]) => oldest),
    },
  },
  affine: {
    'bias-lost-at-1024': {
      says: 'every 1,024th call finds no place for the bias',
      create: () =>
        counting('affine.forward', ({ operands, run }, count) => {
          run(count % 1024 === 0 ? { operands: new Map(operands).set('b', null) } : {})
        }),
      killers: ['many-calls'],
    },
  },
  maxPool2d: {
    'hundredth-call-twice': {
      says: 'every hundredth backward pass runs twice, and adds up',
      create: () =>
        counting('maxPool2d.backward', ({ operands, run }, count) => {
          run()
          const dx = operands.get('dx')
          if (count % 100 === 0 && dx) dx.set(mapped(dx, (value) => 2 * value))
        }),
    },
  },
  avgPool2d: {
    'plan-of-another-shape': {
      says: 'plans have numbers of seven bits: the 129th shape has the plan of the first',
      killers: ['many-shapes'],
      create() {
        const numbers = new Map<string, number>()
        const plans: object[] = []
        return watched({
          kernels: {
            'avgPool2d.backward'({ dims, run }) {
              const key = JSON.stringify(dims)
              const number = numbers.get(key) ?? numbers.size % 128
              numbers.set(key, number)
              plans[number] ??= dims
              run({ dims: plans[number] })
            },
          },
        })
      },
    },
  },
  batchNorm: {
    'statistics-refreshed-500-times': {
      says: 'after 500 calls the statistics are taken for settled and no longer computed',
      create: () =>
        counting('batchNorm.statistics', ({ run }, count) => {
          if (count <= 500) run()
        }),
    },
  },
  layerNorm: {
    'small-cache-of-plans': {
      says: 'a cache of 32 plans gives the newest of them for a shape that finds no place',
      killers: ['many-shapes'],
      create: () => caching('layerNorm.forward', 32, (plans) => plans[plans.length - 1]),
    },
  },
  groupNorm: {
    'wraps-at-2048': {
      says: 'the ticket of a call has eleven bits: the call with ticket 0 is taken for one that was done',
      create: () =>
        counting('groupNorm.backward', ({ run }, count) => {
          if (count % 2048 !== 0) run()
        }),
    },
  },
  softmaxCrossEntropy: {
    'scale-forgotten-at-4096': {
      says: 'the buffer of scalars has room for 4,096 calls, and is cleared with the one that fills it',
      create: () =>
        counting('softmaxCrossEntropy.backward', ({ run }, count) => {
          run(count % 4096 === 0 ? { scalars: { scale: 0 } } : {})
        }),
    },
  },
  adamw: {
    'no-decay-from-200': {
      says: 'after 200 calls decay is taken for done',
      create: () =>
        counting('adamw.update', ({ scalars, run }, count) => {
          run({ scalars: count > 200 ? { ...scalars, weightDecay: 0 } : (scalars ?? {}) })
        }),
    },
  },
  backend: {
    'every-4096th-write-lost': {
      says: 'a staging ring loses the write that closes it',
      create() {
        const naive = createNaive()
        let count = 0
        return { ...naive, write: (storage, data) => (++count % 4096 === 0 ? undefined : naive.write(storage, data)) }
      },
    },
    'handles-of-two-bytes': {
      says: 'handles of storages have two bytes: the 65,537th has the memory of the first of its size',
      killers: ['crowd'],
      create() {
        const naive = createNaive()
        const first: Data[] = []
        let count = 0
        return {
          ...naive,
          alloc(length, dtype) {
            const own = naive.alloc(length, dtype)
            if (count++ < 100) first.push(own)
            const same = first.find((storage) => storage.length === length && storage.constructor === own.constructor)
            return count > 2 ** 16 ? (same ?? own) : own
          },
        }
      },
    },
    'reads-of-one-byte': {
      says: 'reads have numbers of one byte, and every 256th gives what the one before it read',
      killers: ['many-calls', 'crowd'],
      create() {
        const naive = createNaive()
        let count = 0
        let last: Data | null = null
        return {
          ...naive,
          async read(storage, into) {
            const data = await naive.read(storage, into)
            const isLate = ++count % 256 === 0 && last?.length === data.length && last.constructor === data.constructor
            if (isLate && last) data.set(last)
            last = data.slice()
            return data
          },
        }
      },
    },
  },
}

export const counterMutants: readonly Mutant[] = Object.entries(faults).flatMap(([layer, own]) =>
  Object.entries(own).flatMap(([name, { says, killers = ['many-calls'], create }]) =>
    mutants(layer, { [name]: { says, killers } }, create),
  ),
)
