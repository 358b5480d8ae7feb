import { UnsupportedError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Check, CheckContext, Drawn } from '../../src/core/check.js'
import { floorOf } from '../../src/core/floor.js'
import { holds, replacements } from '../../src/core/property.js'
import { createTally, NothingToSay } from '../../src/core/tally.js'
import { execute } from '../../src/execute.js'
import type { CheckResult } from '../../src/index.js'

const naive = createNaive()
const context: CheckContext = { backend: naive, oracle: naive, seed: 7, runs: 40 }
const numbers = fc.nat(1000)

const run = (check: (n: number) => void, more: Partial<CheckContext> = {}) =>
  holds({ ...context, ...more }, numbers, async (n) => check(n))

/** The result of a check that calls `each` for every case. */
async function resultOf(each: (n: number) => void | Promise<void>, timeLimit = 20_000): Promise<CheckResult> {
  const check: Check = {
    id: 'relu/own/float32',
    layer: 'relu',
    law: 'own',
    dtype: 'float32',
    says: 'it holds',
    run: (own) => holds(own, numbers, async (n) => each(n)),
  }
  return (await execute(check, context, timeLimit)).result
}

describe('cases', () => {
  test('that are refused are replaced by others, up to a limit', async () => {
    const refuse = (every: number) => {
      let count = 0
      return run(() => refused(++count % every === 0))
    }
    expect(await refuse(2)).toMatchObject({ cases: 40, wanted: 40, refusals: ['not that one'], failure: null })
    expect(await refuse(1)).toMatchObject({ cases: 0, wanted: 40, failure: null })
    let seen = 0
    await run(() => {
      seen++
      refused(true)
    })
    expect(seen).toBe(replacements(40) + 1)
    expect([1, 10, 40].map(replacements)).toEqual([30, 30, 120])
  })

  test('of which the law says nothing are replaced too', async () => {
    expect(await run((n) => silent(n % 2 === 0))).toMatchObject({ cases: 40, refusals: [] })
  })

  test('without an element that has a finite bound are none', async () => {
    const tally = createTally()
    const each = (n: number) => tally.add(4, n % 2 === 0 ? 4 : 3)
    expect(await run(each, { tally })).toMatchObject({ cases: 40 })
    expect(await run(() => tally.add(4, 4), { tally })).toMatchObject({ cases: 0 })
  })

  test('count until one fails; those of the search for a smaller one do not', async () => {
    const { cases, failure } = await run((n) => {
      if (n > 500) throw new Error('too large')
    })
    expect(failure).toMatchObject({ value: '501', path: expect.stringMatching(/:/) })
    expect(cases).toBe(Number.parseInt(failure?.path ?? '', 10) + 1)
  })
})

describe('a path', () => {
  test('runs its case and no other, and searches no smaller one', async () => {
    const fail = (n: number) => {
      seen.push(n)
      if (n > 500) throw new Error('too large')
    }
    const seen: number[] = []
    const { failure } = await run(fail)
    const [first] = failure?.path?.split(':') ?? []
    seen.length = 0
    expect((await run(fail, { path: failure?.path ?? '' })).failure).toMatchObject({
      path: failure?.path,
      value: '501',
    })
    expect(seen).toEqual([501])
    expect(await run(fail, { path: `${first}` })).toMatchObject({ cases: 1, wanted: 1, failure: { path: first } })
    expect(seen).toHaveLength(2)
  })

  test('may be a list: all of it runs, in that order', async () => {
    const all: number[] = []
    await run((n) => void all.push(n))
    const some: number[] = []
    expect(await run((n) => void some.push(n), { path: '3,0-2,39' })).toMatchObject({ cases: 5, wanted: 5 })
    expect(some).toEqual([3, 0, 1, 2, 39].map((k) => all[k]))
  })

  test('can be drawn without being run', async () => {
    const drawn: Drawn[] = []
    await run(() => expect.unreachable(), { path: '0-1', onDraw: (one) => drawn.push(one) })
    expect(drawn).toEqual([
      { case: null, text: expect.stringMatching(/^\d+$/) },
      { case: null, text: expect.stringMatching(/^\d+$/) },
    ])
  })
})

describe('a check', () => {
  test('that ran half of its cases found, with 90 %, what all find with 99 %', () => {
    expect([1, 2, 3, 10, 40].map(floorOf)).toEqual([1, 1, 2, 5, 20])
  })

  test('that ran fewer than that is incomplete, and says what would help', async () => {
    // Date.now is the clock of `until`.
    const result = await resultOf(() => new Promise((resolve) => setTimeout(resolve, 30)), 400)
    expect(result).toMatchObject({ status: 'incomplete', wanted: 40 })
    expect(result.cases).toBeLessThan(20)
    expect(result.failure?.message).toMatch(
      /^\d+ of 40 cases ran, fewer than the 20 that it takes, before its time was out: --time-limit, now 0.4 s a check, has to be about \d+ times as long$/,
    )
  })

  test('whose law said nothing of too many is incomplete as well', async () => {
    let count = 0
    expect(await resultOf(() => silent(++count % 10 !== 0))).toMatchObject({
      status: 'incomplete',
      failure: { message: expect.stringContaining('of the others the law said nothing') },
    })
  })

  test('of which cases were refused is refused, however many ran', async () => {
    let count = 0
    expect(await resultOf(() => refused(++count % 2 === 0))).toMatchObject({ status: 'refused', cases: 40 })
  })
})

function refused(is: boolean): void {
  if (is) throw new UnsupportedError('not that one')
}

function silent(is: boolean): void {
  if (is) throw new NothingToSay()
}
