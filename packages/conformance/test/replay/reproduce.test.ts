import { Random } from '@convkit/data'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { casesIn } from '../../src/core/paths.js'
import { failed, resultOf } from '../../src/execute.js'
import type { CheckResult } from '../../src/index.js'
import { type Fresh, type Laboratory, type Past, reproduce, runsOfChance } from '../../src/replay/reproduce.js'
import type { StepProgress } from '../../src/replay/run.js'
import type { Step } from '../../src/replay/steps.js'

type Fate = 'passes' | 'fails' | 'exits' | 'hangs'

/** A backend reduced to what becomes of each case; it may remember those before. */
type World = (id: string, path: string) => Fate

const cases = 12
const past: readonly Past[] = ['a/law/float32', 'b/law/float32', 'c/law/float32', 'd/law/float32', 'e/law/float32'].map(
  (id) => ({ id, cases }),
)
const id = 'relu/law/float32'
const statuses = { passes: 'passed', fails: 'failed', exits: 'crashed', hangs: 'hung' } as const

function result(fate: Fate, path: string | null): CheckResult {
  const check = { id, layer: 'relu', law: 'law', dtype: 'float32', says: 'it holds' } as const
  const failure = fate === 'passes' ? null : { ...failed(fate), path: fate === 'fails' ? path : null }
  return resultOf(check, statuses[fate], { failure })
}

let rows: (readonly Step[])[] = []

beforeEach(() => {
  rows = []
  // Patience is for machines: here nothing takes time.
  vi.spyOn(Date, 'now').mockReturnValue(0)
})

function run(create: () => World, steps: readonly Step[]): Fresh {
  rows.push(steps)
  const world = create()
  let last = result('passes', null)
  for (const [step, { id, cases: text }] of steps.entries()) {
    const paths = text === null ? Array.from({ length: cases }, (_, i) => `${i}`) : casesIn(text)
    last = result('passes', null)
    for (const [i, path] of paths.entries()) {
      const fate = world(id, path)
      const at: StepProgress = { step, case: i, of: paths.length, shrinking: false }
      if (fate === 'exits' || fate === 'hangs') return { result: result(fate, null), at }
      if (fate === 'fails' && last.failure === null) last = result(fate, path)
    }
  }
  return { result: last, at: { step: steps.length - 1, case: 0, of: 1, shrinking: false } }
}

function laboratory(create: () => World): Laboratory {
  return {
    atOnce: 2,
    run: async (steps) => run(create, steps),
    // Each case has three smaller ones, which have none.
    draw: async (_, path) => (/^\d+(:[0-2])?$/.test(path) ? { case: null, text: `case ${path}` } : null),
  }
}

async function reproduced(create: () => World, fate: Fate, path: string | null) {
  const { reproduction, failure, status } = await reproduce(result(fate, path), past, laboratory(create))
  return { ...reproduction, status, path: failure?.path, value: failure?.value }
}

const numberOf = (path: string) => Number.parseInt(path, 10)

describe('a failure', () => {
  test('that simply fails again is seen to three times', async () => {
    const wrong = () => (own: string) => (own === id ? 'fails' : 'passes')
    expect(await reproduced(wrong, 'fails', '0:1')).toMatchObject({
      kind: 'alone',
      steps: [{ id, cases: '0:1' }],
      failed: 3,
      of: 3,
    })
    expect(rows).toHaveLength(3)
  })

  test('that needs so many earlier calls is shown with as many', async () => {
    const from = (count: number) => () => {
      let calls = 0
      return (own: string): Fate => (++calls >= count && own === id ? 'fails' : 'passes')
    }
    for (const count of [2, 7, 30]) {
      const { kind, steps } = await reproduced(from(count), 'fails', '3:0')
      expect(kind).toBe('after')
      const before = steps?.slice(0, -1).flatMap(({ cases: text }) => casesIn(text ?? `0-${cases - 1}`))
      expect(before).toHaveLength(count - 1)
    }
  })

  test('that needs one earlier case, of any check, is shown with that', async () => {
    const after = (trigger: string, at: string) => () => {
      let stale = false
      return (own: string, path: string): Fate => {
        if (own === trigger && path === at) stale = true
        return stale && own === id && numberOf(path) === 4 ? 'fails' : 'passes'
      }
    }
    for (const [trigger, at] of [
      [id, '2'],
      ['e/law/float32', '11'],
      ['b/law/float32', '5'],
    ])
      expect(await reproduced(after(trigger, at), 'fails', '4:1:1')).toMatchObject({
        kind: 'after',
        steps: [
          { id: trigger, cases: at },
          { id, cases: '4:0' },
        ],
      })
  })

  test('of a backend that broke is shown with the case that breaks it, made smaller', async () => {
    const breaking = () => {
      let broken = false
      return (own: string, path: string): Fate => {
        if (own === id && /^6(:2)?$/.test(path)) broken = true
        return broken ? 'fails' : 'passes'
      }
    }
    expect(await reproduced(breaking, 'fails', '6:0:0')).toMatchObject({
      kind: 'alone',
      steps: [{ id, cases: '6:2' }],
      path: '6:2',
    })
  })

  test('that ends its process is shown with its case, made smaller', async () => {
    const exits = () => (own: string, path: string) => (own === id && /^9(:1)?$/.test(path) ? 'exits' : 'passes')
    expect(await reproduced(exits, 'exits', null)).toMatchObject({
      kind: 'alone',
      status: 'crashed',
      steps: [{ id, cases: '9:1' }],
      path: '9:1',
      value: 'case 9:1',
    })
  })

  test('that ends its process after others is shown with those', async () => {
    const exits = () => {
      let ready = false
      return (own: string, path: string): Fate => {
        if (own === id && path === '1') ready = true
        return ready && own === id && numberOf(path) === 5 ? 'exits' : 'passes'
      }
    }
    expect(await reproduced(exits, 'exits', null)).toMatchObject({
      kind: 'after',
      status: 'crashed',
      steps: [
        { id, cases: '1' },
        { id, cases: '5:0' },
      ],
    })
  })

  test('that hangs is not made to hang more often than it takes', async () => {
    const hangs = () => (own: string, path: string) => (own === id && path === '3' ? 'hangs' : 'passes')
    expect(await reproduced(hangs, 'hangs', null)).toMatchObject({ kind: 'alone', steps: [{ id, cases: '3' }] })
    expect(rows.length).toBeLessThan(10)
  })

  test('that comes and goes is counted', async () => {
    for (const share of [0.2, 0.5, 0.8]) {
      const random = new Random(3)
      const racing = () => (own: string) => (own === id && random.uniform() < share ? 'fails' : 'passes')
      const { kind, failed, of, steps } = await reproduced(racing, 'fails', '0')
      expect(kind).toBe('sometimes')
      expect(of).toBe(runsOfChance)
      expect(failed).toBeGreaterThan(0)
      expect(failed).toBeLessThan(of ?? 0)
      expect(steps?.at(-1)?.id).toBe(id)
    }
  })

  test('that never comes again is told as such', async () => {
    expect(await reproduced(() => () => 'passes', 'fails', '2:0')).toMatchObject({
      kind: 'never',
      failed: 0,
      of: runsOfChance,
      status: 'failed',
      path: '2:0',
    })
  })
})

test('where the case passes by itself, another failure of the same cause is tried in its stead', async () => {
  const lab = laboratory(() => () => 'passes')
  const other = result('fails', '1')
  expect(await reproduce(result('fails', '2:0'), past, lab, async () => other)).toBe(other)
  expect(rows).toHaveLength(1)
  const wrong = laboratory(() => () => 'fails')
  expect(await reproduce(result('fails', '2:0'), past, wrong, async () => other)).toMatchObject({
    reproduction: { kind: 'alone' },
  })
})
