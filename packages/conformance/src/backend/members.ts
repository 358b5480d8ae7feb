import { type Backend, type FloatDType, kernelNames, kernelsOf } from '@convkit/api'
import fc from 'fast-check'
import type { Check, CheckContext, CheckOutcome } from '../core/check.js'
import { createHolding } from '../core/holding.js'
import { holds } from '../core/property.js'
import { Violation } from '../core/violation.js'
import { equal, pattern } from './numbers.js'
import { anotherOf } from './own.js'

/** What a backend has beside its four functions and kernels. */
export function memberChecks(): Check[] {
  const promise = (law: string, says: string, run: (context: CheckContext) => Promise<CheckOutcome>): Check => ({
    id: `backend/${law}/int32`,
    layer: 'backend',
    law,
    // It is about no numbers: with the labels, it is counted once.
    dtype: 'int32',
    says,
    run,
  })
  return [
    promise('names', 'name and description say something, and tables hold kernels by their names', (context) =>
      holds({ ...context, runs: 1 }, fc.constant(null), async () => {
        for (const member of ['name', 'description'] as const)
          if (typeof context.backend[member] !== 'string' || context.backend[member].trim() === '')
            throw new Violation(`${member} has to be text that is not empty, got ${String(context.backend[member])}`)
        for (const dtype of ['float32', 'float64'] as const) checkTables(context.backend, dtype)
      }),
    ),
    promise('close', 'close resolves, with calls that wait and for the second time too', (context) =>
      holds({ ...context, runs: 1 }, fc.constant(null), () => close(context)),
    ),
  ]
}

/** A name that is none, where the one that it is nearly is missing. */
function checkTables({ kernels }: Backend, dtype: FloatDType): void {
  const tables: { readonly [layer: string]: object } = kernels[dtype] ?? {}
  checkNames(`kernels.${dtype}`, tables, kernelNames)
  for (const layer of kernelNames) {
    const methods = kernelsOf(layer).map(({ method }) => method)
    if (tables[layer]) checkNames(`kernels.${dtype}.${layer}`, tables[layer], [...methods, 'unsupported'])
  }
}

function checkNames(where: string, table: object, known: readonly string[]): void {
  for (const name of Object.keys(table)) {
    if (known.includes(name)) continue
    const meant = known.find((other) => !(other in table) && isMisspelt(name, other))
    if (meant) throw new Violation(`${where}.${name} is nothing that is ever called: is it ${meant}?`)
  }
}

/** Whether one letter too many, too few or wrong, two exchanged, or capitals tell the words apart. */
function isMisspelt(word: string, meant: string): boolean {
  const [a, b] = [word.toLowerCase(), meant.toLowerCase()]
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [left, right] = [a, b].map((text) => text.slice(start, text.length - end))
  return Math.max(left.length, right.length) <= 1 || (left.length === 2 && left === [...right].reverse().join(''))
}

async function close(context: CheckContext): Promise<void> {
  // Where there is no other the checks that follow need this one.
  const other = await anotherOf(context)
  const data = pattern('int32', 70)
  if (other?.close) {
    const storage = createHolding(other).put(data)
    equal('a read before close', await other.read(storage), data)
    other.write(storage, data)
    // It may well come too late.
    other.read(storage).catch(() => {})
    await other.close()
    await other.close()
  }
  using holding = createHolding(context.backend)
  equal('a read of one backend after another was closed', await context.backend.read(holding.put(data)), data)
}
