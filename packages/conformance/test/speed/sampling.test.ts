import { beforeEach, expect, test, vi } from 'vitest'
import { type Entry, type SamplingBudget, sampleInTurns } from '../../src/speed/sampling.js'

const budget: SamplingBudget = { warmUpMs: 50, samples: 15, enoughMs: 0, mostMs: 500 }
let clock = 0
let calls: string[] = []

beforeEach(() => {
  clock = 0
  calls = []
  vi.spyOn(performance, 'now').mockImplementation(() => clock)
})

/** A call that takes so many milliseconds of the clock above, half of it until it is waited for. */
function taking(name: string, ms: number): Entry {
  return {
    name,
    call() {
      calls.push(name)
      clock += ms / 2
    },
    async sync() {
      clock += ms / 2
    },
  }
}

const counts = async (...entries: Entry[]) => (await sampleInTurns(entries, budget)).map(({ length }) => length)

test('a sample is the mean of calls that take 2 ms, each waited for', async () => {
  const [samples] = await sampleInTurns([taking('a', 0.125)], budget)
  expect(samples).toEqual(Array(15).fill(0.125))
  expect(calls.length).toBe(budget.warmUpMs / 0.125 + 15 * (2 + 2 / 0.125))
})

test('warming up takes a time, and ten calls at least; then the order turns from round to round', async () => {
  await sampleInTurns([taking('a', 1), taking('b', 20)], budget)
  expect(calls.slice(0, 60).join('')).toBe(`${'a'.repeat(50)}${'b'.repeat(10)}`)
  expect(calls.slice(60, 69).join('')).toBe('aaaabbbba')
})

test('what a turn finds cold, or asleep, is in no sample, unless a call takes long', async () => {
  let before = ''
  const waking = (name: string, ms: number): Entry => ({
    ...taking(name, ms),
    call() {
      clock += before === name ? ms / 2 : ms
      before = name
    },
  })
  const samples = await sampleInTurns([waking('a', 1), waking('b', 20), waking('c', 100)], budget)
  expect(samples.map((some) => Math.max(...some))).toEqual([1, 20, 150])
})

test('fifteen samples, unless time is out, but three in any case', async () => {
  expect(await counts(taking('a', 10), taking('b', 100), taking('c', 400))).toEqual([15, 6, 3])
})

test('what is slow is sampled three times, what is very slow once', async () => {
  expect(await counts(taking('fast', 3), taking('slow', 1500), taking('very slow', 6000))).toEqual([15, 3, 1])
  expect(calls.filter((name) => name === 'very slow')).toHaveLength(1)
})

test('a slow call that was made before is not made again to warm up, and a very slow one is the sample', async () => {
  expect(await counts({ ...taking('slow', 1500), first: 1600 }, { ...taking('very slow', 6000), first: 6100 })).toEqual(
    [3, 1],
  )
  expect(calls).toEqual(['slow', 'slow', 'slow'])
})

test('where there is time left, what is fast gets more samples', async () => {
  const [samples] = await sampleInTurns([taking('a', 4)], { ...budget, enoughMs: 100 })
  expect(samples).toHaveLength(26)
})

test('what does not say enough gets more samples, up to a limit', async () => {
  const settled = (samples: readonly number[]) => samples.length >= 20
  expect(await sampleInTurns([taking('a', 4)], { ...budget, enoughMs: 50, settled })).toMatchObject([{ length: 20 }])
  const never = { ...budget, enoughMs: 50, settled: () => false }
  expect(await sampleInTurns([taking('a', 4)], never)).toMatchObject([{ length: 51 }])
  expect(await sampleInTurns([taking('a', 10)], never)).toMatchObject([{ length: 21 }])
})

test('what is slow is warmed up less often', async () => {
  await sampleInTurns([taking('a', 200)], budget)
  expect(calls).toHaveLength(3 + 3)
})

test('a contender is made the current one outside the timed region', async () => {
  const enter = async () => {
    clock += 1000
  }
  const [samples] = await sampleInTurns([{ ...taking('a', 4), enter }], budget)
  expect(new Set(samples)).toEqual(new Set([4]))
})
