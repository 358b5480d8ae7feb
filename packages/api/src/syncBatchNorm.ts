import type { Backend } from './backend.js'
import type { BatchNormKernels } from './definitions/batchNorm.js'
import type { FloatDType } from './dtype.js'
import type { KernelTables } from './kernels.js'
import { mapKernels } from './mapKernels.js'
import { createQueue, type Queue } from './queue.js'

/** values[i] = the sum of every process's values[i]. */
export type SumOverProcesses = (values: Float64Array) => Promise<void>

/**
 * `backend`, but batch norm in train mode is that of the rows of all processes together, which call it alike: mean,
 * variance and the two sums that dx needs are summed over processes with `sum`. The variance is taken in a second pass,
 * around the common mean, so that the result is that of one process with all the rows, within the same bound.
 *
 * dgamma and dbeta are each process's own part; dx is right where the loss is the sum of all processes' losses.
 */
export function withSyncBatchNorm<S>(backend: Backend<S>, sum: SumOverProcesses): Backend<S> {
  const queue = createQueue()

  function tables(dtype: FloatDType): KernelTables<S> {
    const native = backend.kernels[dtype]?.batchNorm
    const result = mapKernels(
      backend.kernels[dtype],
      ({ run }) =>
        (call) =>
          queue.enqueue(() => run(call)),
    )
    if (!native || !result.batchNorm) return result
    // Without the parts that sums are made of it would leave out the rows of other processes.
    const { statistics: _, input: __, ...others } = result.batchNorm
    return {
      ...result,
      batchNorm: hasParts(native) ? { ...others, ...summed(backend, dtype, native, queue, sum) } : others,
    }
  }

  return {
    name: backend.name,
    description: `${backend.description}; batch norm over all processes`,
    syncBatchNorm: true,
    ...(backend.arithmetic ? { arithmetic: backend.arithmetic } : {}),
    ...(backend.conventions ? { conventions: backend.conventions } : {}),
    kernels: { float32: tables('float32'), float64: tables('float64') },
    alloc: (length, dtype) => backend.alloc(length, dtype),
    free(storage) {
      if (queue.idle()) backend.free(storage)
      else queue.defer(() => backend.free(storage), true)
    },
    write(storage, data) {
      const copy = queue.idle() ? data : data.slice()
      queue.enqueue(() => backend.write(storage, copy))
    },
    read: (storage, into) => queue.wait(() => backend.read(storage, into)),
    sync: () => queue.wait(async () => backend.sync?.()),
    mark: (label) => queue.enqueue(() => backend.mark?.(label)),
    async close() {
      await queue.drained()
      await backend.close?.()
    },
  }
}

/** What the sums over processes are made of. */
type Parts<S> = Pick<BatchNormKernels<S>, 'reduce' | 'normalize' | 'input' | 'unsupported'>

function hasParts<S>(kernels: Partial<BatchNormKernels<S>>): kernels is Parts<S> {
  return Boolean(kernels.reduce && kernels.normalize && kernels.input)
}

/** The two kernels in which rows meet, and what is refused with them. */
function summed<S>(
  backend: Backend<S>,
  dtype: FloatDType,
  kernels: Parts<S>,
  queue: Queue,
  sum: SumOverProcesses,
): Pick<BatchNormKernels<S>, 'statistics' | 'input' | 'unsupported'> {
  const rounded = (values: Float64Array) => (dtype === 'float32' ? Float32Array.from(values) : values.slice())

  /** With temporary storages, which are freed afterwards. */
  async function borrowing(task: (take: (length: number, fill?: number) => S) => Promise<void>): Promise<void> {
    const taken: S[] = []
    try {
      await task((length, fill) => {
        const storage = backend.alloc(length, dtype)
        taken.push(storage)
        if (fill !== undefined) backend.write(storage, rounded(new Float64Array(length).fill(fill)))
        return storage
      })
    } finally {
      for (const storage of taken) backend.free(storage)
    }
  }

  /** The sums over all processes of storages and of a count of elements. */
  async function total(storages: readonly S[], count: number) {
    const own: number[] = []
    for (const storage of storages) own.push(...(await backend.read(storage)))
    const values = Float64Array.of(...own, count)
    await sum(values)
    return { values: values.subarray(0, -1), count: values[own.length] }
  }

  return {
    unsupported(d, method, wanted) {
      if (method !== 'statistics') return kernels.unsupported?.(d, method, wanted) ?? null
      const sums = kernels.unsupported?.(d, 'reduce', { dgamma: true, dbeta: true })
      return sums ?? kernels.unsupported?.(d, 'normalize', { y: true }) ?? null
    },

    statistics(d, x, mean, variance) {
      const elements = d.n * d.inner
      const plain = { eps: 0 }
      queue.defer(() =>
        borrowing(async (take) => {
          const [zeros, ones, sums, other] = [
            take(d.channels, 0),
            take(d.channels, 1),
            take(d.channels),
            take(d.channels),
          ]
          const deviations = take(elements * d.channels)
          // With mean 0 and variance 1, xhat is x: these are the sums of x, then of (x - mean)^2.
          kernels.reduce(d, plain, x, x, zeros, ones, other, sums)
          const first = await total([sums], elements)
          backend.write(mean, rounded(first.values.map((value) => value / first.count)))
          kernels.normalize(d, plain, x, ones, zeros, mean, ones, deviations)
          kernels.reduce(d, plain, deviations, deviations, zeros, ones, sums, other)
          const second = await total([sums], elements)
          backend.write(variance, rounded(second.values.map((value) => value / second.count)))
        }),
      )
    },

    input(d, { eps, count: own }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
      queue.defer(() =>
        borrowing(async (take) => {
          const { values, count } = await total([dgamma, dbeta], own)
          const [allGamma, allBeta] = [take(d.channels), take(d.channels)]
          backend.write(allGamma, rounded(values.subarray(0, d.channels)))
          backend.write(allBeta, rounded(values.subarray(d.channels)))
          kernels.input(d, { eps, count }, dy, x, gamma, mean, variance, allGamma, allBeta, dx)
        }),
      )
    },
  }
}
