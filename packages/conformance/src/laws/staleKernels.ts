import { type Data, type FloatDType, kernelsOf } from '@convkit/api'
import fc from 'fast-check'
import { tablesOf } from '../capability.js'
import type { Check, CheckContext } from '../core/check.js'
import { type Form, forms } from '../core/forms.js'
import { createHolding, type Holding } from '../core/holding.js'
import { holds } from '../core/property.js'
import { drawn } from '../core/small.js'
import { createSupplies, type PreparedCall, pickWay, prepareForm, type Supplies, sizeIn, waysOf } from '../core/ways.js'
import { sameData } from './sameData.js'

/** In a check's eight cases every operand of every kernel meets every way; of float64, which is kept alike, half of them. */
const roundsOf = { float32: 8, float64: 4 } as const

/** `stale` for each kernel alone, whatever the layer puts between its passes. */
export function staleKernelsChecks(layer: string, dtype: FloatDType): Check[] {
  if (layer !== 'dropout' && kernelsOf(layer).length === 0) return []
  return [
    {
      id: `${layer}/stale-kernels/${dtype}`,
      layer,
      law: 'stale kernels',
      dtype,
      says: 'each kernel by itself works on what its operands hold now, whichever write or kernel changed them',
      needs: 'deterministic',
      run: (context) =>
        holds({ ...context, runs: Math.ceil(context.runs / drawn) }, fc.integer({ min: 8, max: 20 }), (length, turn) =>
          play(context, layer, dtype, length, turn),
        ),
    },
  ]
}

interface Round {
  readonly what: string
  readonly call: PreparedCall
  /** What the operands hold before the call. */
  readonly now: Promise<readonly Data[]>
  readonly got: Promise<readonly Data[]>
}

async function play(
  { backend }: CheckContext,
  layer: string,
  dtype: FloatDType,
  length: number,
  turn: number,
): Promise<void> {
  using supplies = createSupplies(backend, dtype)
  using holding = createHolding(backend)
  const read = (storages: readonly unknown[]) => Promise.all(storages.map((storage) => backend.read(storage)))
  const tables: readonly string[] = tablesOf(backend, layer, dtype)
  const rounds: Round[] = []
  for (const form of forms.filter((form) => tables.includes(form.layer))) {
    // To be changed.
    const own: Supplies = {
      ...supplies,
      read: supplies.updated,
      labels: (size) => holding.put(new Int32Array(size)),
    }
    const call = prepareForm(backend, dtype, form, length, own, 'mixed')
    if (!call) continue
    const { reads, updates, writes } = call.kernel
    const all = (names: readonly string[]) => read(names.map((name) => call.storages.get(name)))
    for (let k = roundsOf[dtype] * turn; k < roundsOf[dtype] * (turn + 1); k++) {
      const changes = changesOf(backend, dtype, form, call, length, supplies, k)
      call.run()
      for (const { apply } of changes) apply()
      const before = all(updates)
      call.run()
      // Only now, since somebody who reads may make all else right.
      const now = Promise.all([all(reads), before]).then((lists) => lists.flat())
      const what = changes.map(({ name }) => name).join(', ')
      rounds.push({ what: `${form.layer}.${form.method} after ${what}`, call, now, got: all([...updates, ...writes]) })
    }
  }
  const [now, got] = [await Promise.all(rounds.map(({ now }) => now)), await Promise.all(rounds.map(({ got }) => got))]
  const right = await Promise.all(rounds.map(({ call }, i) => repeat(call, now[i], holding, read)))
  for (const [i, { what }] of rounds.entries()) sameData(`stale kernels: ${what}`, got[i], right[i])
}

/** One for each operand, each in another way. */
function changesOf(
  backend: CheckContext['backend'],
  dtype: FloatDType,
  form: Form,
  { dims, kernel: { reads, updates }, storages }: PreparedCall,
  length: number,
  supplies: Supplies,
  k: number,
): { readonly name: string; apply(): void }[] {
  const ways = waysOf(backend, dtype)
  return [...reads, ...updates].flatMap((operand, i) => {
    if (form.made?.operand === operand) return []
    const storage = storages.get(operand)
    const size = sizeIn(form, operand, length)
    if (operand === 'labels') {
      const labels = Int32Array.from({ length: size }, (_, n) => (n + k) % Number(Reflect.get(dims, 'classes')))
      return [{ name: `${operand} by write`, apply: () => backend.write(storage, labels) }]
    }
    const { name, change } = pickWay(ways, k + 7 * i, operand, size, supplies)
    return [{ name: `${operand} by ${name}`, apply: () => change(storage) }]
  })
}

/** The same call on storages that no kernel has seen. */
function repeat(
  { run, kernel: { reads, updates, writes }, storages }: PreparedCall,
  operands: readonly Data[],
  holding: Holding,
  read: (storages: readonly unknown[]) => Promise<readonly Data[]>,
): Promise<readonly Data[]> {
  const fresh = new Map([...reads, ...updates].map((name, i) => [name, holding.put(operands[i])]))
  run(fresh)
  return read([...updates, ...writes].map((name) => fresh.get(name) ?? storages.get(name)))
}
