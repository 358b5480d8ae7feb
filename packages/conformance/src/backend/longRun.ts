import type { Backend, Data, DType } from '@convkit/api'
import fc from 'fast-check'
import { refuses } from '../capability.js'
import { type Check, defaultRuns, shareOfDefault } from '../core/check.js'
import { createHolding } from '../core/holding.js'
import { holds } from '../core/property.js'
import { arrays, equal } from './numbers.js'

/** Past 10,000 writes, reads and kernel calls each. */
const most = 12_000
const size = 3
const slots = 16
/** Reads in flight. */
const flight = 32

/** What counts calls, storages or reads has come round by then. */
export function longRunCheck(dtype: DType): Check {
  return {
    id: `backend/many-calls/${dtype}`,
    layer: 'backend',
    law: 'many calls',
    dtype,
    says: 'the ten thousandth call does what the first did',
    // One case takes as long as all of another check.
    run: (context) =>
      holds({ ...context, runs: Math.ceil(context.runs / defaultRuns) }, fc.nat(255), (salt) =>
        play(context.backend, dtype, salt, most * shareOfDefault(context)),
      ),
  }
}

/** Each round writes one storage, copies or adds it to the next where there are kernels for that, and reads that one. */
async function play(backend: Backend, dtype: DType, salt: number, rounds: number): Promise<void> {
  using holding = createHolding(backend)
  const vector = dtype === 'int32' ? undefined : backend.kernels[dtype]?.vector
  const isRefused = (method: string) => dtype === 'int32' || refuses(backend, dtype, 'vector', method, { size })
  const copy = isRefused('copy') ? undefined : vector?.copy?.bind(vector)
  const addScaled = isRefused('addScaled') ? undefined : vector?.addScaled?.bind(vector)
  const model = Array.from({ length: slots }, () => new arrays[dtype](size))
  const storages = model.map((data) => holding.put(data))
  for (let done = 0; done < rounds; done += flight) {
    const expected: Data[] = []
    const reads: Promise<Data>[] = []
    for (let k = done; k < done + flight; k++) {
      const [from, to] = [k % slots, (k + 1) % slots]
      const [x, y] = [model[from], model[to]]
      for (let i = 0; i < size; i++) x[i] = ((k + salt) % 1021) + i
      backend.write(storages[from], x)
      if (k % 2 && copy) {
        y.set(x)
        copy({ size }, storages[from], storages[to])
      } else if (addScaled) {
        for (let i = 0; i < size; i++) y[i] += 2 * x[i]
        addScaled({ size }, { a: 2 }, storages[from], storages[to])
      }
      expected.push(y.slice())
      reads.push(backend.read(storages[to]))
    }
    for (const [i, data] of (await Promise.all(reads)).entries())
      equal(`the read of round ${done + i + 1}`, data, expected[i])
    if (done % 5 === 0) backend.mark?.('step')
    if (done % 7 === 0) await backend.sync?.()
  }
}
