import { type Backend, type Data, mapKernels, type RunKernel, type SomeKernel } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

/** A queued call, with what it touches. */
export interface Call {
  readonly type: 'kernel' | 'write' | 'free'
  run(): void
}

/** Which calls wait in the queue, and in what order they run once something is read. */
export interface QueuePolicy {
  /** Calls that run at once, past those that wait. */
  readonly atOnce?: readonly Call['type'][]
  /** What a write queues: a copy, if it is right. */
  readonly hold?: (data: Data) => Data
  /** What happens to memory that is freed. */
  readonly onFree?: (storage: Data) => void
  /** The calls to run now, in their order; the others stay. */
  readonly flush?: (waiting: readonly Call[]) => readonly Call[]
  /** What waits after a `sync`, which the backend has if this is given; it runs what it takes away, or does not. */
  readonly sync?: (waiting: readonly Call[]) => readonly Call[]
  /** The same of `mark`. */
  readonly mark?: (waiting: readonly Call[]) => readonly Call[]
}

/** The naive backend, recording its calls until one is read. Right with the default policy. */
export function createQueued(policy: QueuePolicy = {}): Backend<Data> {
  const { atOnce = [], hold = (data) => data.slice(), onFree = () => {}, flush = (all) => all, sync, mark } = policy
  const naive = createNaive()
  let waiting: Call[] = []

  function enqueue(type: Call['type'], run: () => void): void {
    if (atOnce.includes(type)) run()
    else waiting.push({ type, run })
  }

  function later({ run }: SomeKernel<Data>): RunKernel<Data> {
    return (call) => enqueue('kernel', () => run(call))
  }

  return {
    name: naive.name,
    description: `${naive.description}, queued`,
    kernels: {
      float32: mapKernels(naive.kernels.float32, later),
      float64: mapKernels(naive.kernels.float64, later),
    },
    alloc: naive.alloc,

    free(storage) {
      enqueue('free', () => {
        onFree(storage)
        naive.free(storage)
      })
    },

    write(storage, data) {
      const held = hold(data)
      enqueue('write', () => naive.write(storage, held))
    },

    read(storage, into) {
      const now = flush(waiting)
      waiting = waiting.filter((call) => !now.includes(call))
      for (const call of now) call.run()
      return naive.read(storage, into)
    },

    ...(sync && {
      async sync() {
        waiting = [...sync(waiting)]
      },
    }),
    ...(mark && {
      mark() {
        waiting = [...mark(waiting)]
      },
    }),
  }
}
