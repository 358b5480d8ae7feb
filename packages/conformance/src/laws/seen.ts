import { type Data, sizeOf } from '@convkit/api'
import { arithmeticOf } from '../core/arithmetic.js'
import { createHolding } from '../core/holding.js'
import { bind, record } from '../core/program.js'
import { drawn, otherwise, small } from '../core/small.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { createSupplies, type PreparedCall, readersOf } from '../core/ways.js'
import { createWorkspace } from '../core/workspace.js'
import { sameData } from './sameData.js'

/** Readers that each result meets in a case. */
const readers = 2

/** The other side of `stale`: what this layer writes, others may have packed, unfolded or summed before. */
export function seen(spec: LayerSpec): Law {
  return {
    name: 'seen',
    says: 'what a call writes is what every other kernel reads from then on',
    needs: 'deterministic',
    cases: small(spec.cases),
    weight: drawn,
    async check(subject, c, turn = 0) {
      const { backend, dtype } = subject
      using workspace = createWorkspace(backend)
      using supplies = createSupplies(backend, dtype)
      using holding = createHolding(backend)
      const programs = [c, otherwise(c)].map((own) => bind(subject, record(subject, own), workspace))
      const all = readersOf(backend, dtype).filter(({ layer }) => arithmeticOf(backend, dtype, layer).deterministic)
      const readResults = ({ kernel: { writes }, storages }: PreparedCall) =>
        Promise.all(writes.map((name) => backend.read(storages.get(name))))
      const met: Meeting[] = []
      programs[0].load()
      programs[0].run()
      for (let k = readers * turn; k < readers * (turn + 1) && all.length > 0; k++) {
        const { load, run, outputs } = programs[(k + 1) % 2]
        const meetings = Array.from(outputs, ([output, { storage, shape }], i) => {
          const { name, operand, prepare } = all[(k + 7 * i) % all.length]
          const call = prepare(sizeOf(shape), supplies)
          return { what: `${name} of ${output} as ${c.layer} left it`, operand, storage, call }
        })
        load()
        for (const { call, operand, storage } of meetings) call?.run(new Map([[operand, storage]]))
        run()
        for (const { what, call, operand, storage } of meetings) {
          if (!call) continue
          call.run(new Map([[operand, storage]]))
          met.push({ what, operand, call, got: readResults(call), now: backend.read(storage) })
        }
      }
      const got = await Promise.all(met.map(({ got }) => got))
      const now = await Promise.all(met.map(({ now }) => now))
      const right = await Promise.all(
        met.map(({ operand, call }, i) => {
          call.run(new Map([[operand, holding.put(now[i])]]))
          return readResults(call)
        }),
      )
      for (const [i, { what }] of met.entries()) sameData(`${c.layer}: seen: ${what}`, got[i], right[i])
    },
  }
}

interface Meeting {
  readonly what: string
  readonly operand: string
  readonly call: PreparedCall
  readonly got: Promise<readonly Data[]>
  readonly now: Promise<Data>
}
