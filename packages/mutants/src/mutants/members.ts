import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type Fault, type Mutant, mutants } from './mutant.js'
import { type Call, createQueued } from './queue.js'

interface MemberFault extends Fault {
  create(): Backend<Data>
}

function runAll(calls: readonly Call[]): readonly Call[] {
  for (const call of calls) call.run()
  return []
}

/** What a backend has beside its four functions and kernels, and nobody may ever have called. */
const faults: { readonly [name: string]: MemberFault } = {
  'sync-drops-queue': {
    says: 'sync waits for nothing and empties the queue',
    killers: ['sync', 'sequence'],
    create: () => createQueued({ sync: () => [] }),
  },
  'sync-runs-twice': {
    says: 'sync runs what waits and leaves it in the queue, so that it runs again',
    killers: ['sync', 'sequence', 'many-calls'],
    create() {
      return createQueued({
        sync(waiting) {
          runAll(waiting)
          return waiting
        },
      })
    },
  },
  'sync-leaves-no-promise': {
    says: 'sync returns nothing to wait for',
    killers: ['sync'],
    // What a caller without types may find.
    create: () => ({ ...createNaive(), sync: (() => {}) as unknown as () => Promise<void> }),
  },
  'sync-rejects-when-idle': {
    says: 'sync rejects where nothing waits',
    killers: ['sync'],
    create: () =>
      createQueued({
        sync(waiting) {
          if (waiting.length === 0) throw new Error('nothing to wait for')
          return runAll(waiting)
        },
      }),
  },
  'mark-drops-last-call': {
    says: 'the call before a mark is lost',
    killers: ['mark', 'sequence'],
    create: () => createQueued({ mark: (waiting) => waiting.slice(0, -1) }),
  },
  'mark-forgets-writes': {
    says: 'what was written in a step is given up when it ends',
    killers: ['mark', 'sequence'],
    create: () => createQueued({ mark: (waiting) => waiting.filter(({ type }) => type !== 'write') }),
  },
  'mark-turns-step-round': {
    says: 'the calls of a step that was marked run in the other order',
    killers: ['mark', 'sequence'],
    create: () => createQueued({ mark: (waiting) => waiting.toReversed() }),
  },
  'second-mark-repeats-step': {
    says: 'a mark behind a mark runs the step before once more, as an equal one',
    killers: ['mark'],
    create() {
      let step: readonly Call[] = []
      return createQueued({
        mark(waiting) {
          if (waiting.length === 0) runAll(step.filter(({ type }) => type === 'kernel'))
          step = waiting
          return runAll(waiting)
        },
      })
    },
  },
  'close-rejects-second-time': {
    says: 'close rejects once it was called',
    killers: ['close'],
    create() {
      let isClosed = false
      return {
        ...createNaive(),
        async close() {
          if (isClosed) throw new Error('it was closed already')
          isClosed = true
        },
      }
    },
  },
  'close-rejects-under-calls': {
    says: 'close rejects while a read is under way',
    killers: ['close'],
    create() {
      const naive = createNaive()
      let reads = 0
      return {
        ...naive,
        async read(storage, into) {
          reads++
          await null
          reads--
          return naive.read(storage, into)
        },
        async close() {
          if (reads > 0) throw new Error(`${reads} reads are under way`)
        },
      }
    },
  },
  nameless: {
    says: 'the backend has no name, nor says what it runs on',
    killers: ['names'],
    create: () => ({ ...createNaive(), name: '', description: ' ' }),
  },
  'misspelt-kernel': {
    says: 'a kernel is spelt foward, so that it never runs: the layer counts as missing, not as wrong',
    killers: ['names'],
    create() {
      const naive = createNaive()
      const { avgPool2d, ...others } = naive.kernels.float32 ?? {}
      const { forward: foward, ...rest } = avgPool2d ?? {}
      const table: object = { ...rest, foward }
      return { ...naive, kernels: { ...naive.kernels, float32: { ...others, avgPool2d: table } } } as Backend<Data>
    },
  },
  'misspelt-layer': {
    says: 'a table is spelt batchnorm, so that its kernels never run',
    killers: ['names'],
    create() {
      const naive = createNaive()
      const { batchNorm: batchnorm, ...others } = naive.kernels.float64 ?? {}
      return { ...naive, kernels: { ...naive.kernels, float64: { ...others, batchnorm } } } as Backend<Data>
    },
  },
}

export const memberMutants: readonly Mutant[] = mutants('backend', faults, ({ create }) => create())
