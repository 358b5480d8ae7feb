import type { Data } from '@convkit/api'
import type { Communicator, Operation } from '../../src/index.js'

const operations: { readonly [O in Operation]: (a: number, b: number) => number } = {
  sum: (a, b) => a + b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
}

/** Ranks in this process: a call is done when all of them have made it, and results are added in the order of ranks. */
export function createRanks(size: number): Communicator[] {
  let waiting: { readonly call: string; readonly data: Data | null; readonly done: () => void }[] = []

  function meet(rank: number, call: string, data: Data | null, act: (all: readonly (Data | null)[]) => void) {
    return new Promise<void>((done) => {
      if (waiting[rank]) throw new Error(`rank ${rank} calls ${call} before ${waiting[rank].call} is done`)
      waiting[rank] = { call, data, done }
      const all = waiting.filter(() => true)
      if (all.length < size) return
      if (new Set(all.map(({ call }) => call)).size > 1) throw new Error(`ranks call ${all.map(({ call }) => call)}`)
      waiting = []
      act(all.map(({ data }) => data))
      for (const { done } of all) done()
    })
  }

  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    allreduce(data, operation = 'sum') {
      return meet(rank, `allreduce ${operation} ${data.constructor.name} ${data.length}`, data, (all) => {
        for (let i = 0; i < data.length; i++) {
          const value = all.map((own) => own?.[i] ?? Number.NaN).reduce(operations[operation])
          for (const own of all) if (own) own[i] = value
        }
      })
    },
    broadcast(data, root = 0) {
      return meet(rank, `broadcast ${root} ${data.constructor.name} ${data.length}`, data, (all) => {
        const values = all[root]
        if (values) for (const own of all) own?.set(values)
      })
    },
    barrier: () => meet(rank, 'barrier', null, () => {}),
    abort() {
      throw new Error(`rank ${rank} aborts`)
    },
  }))
}
