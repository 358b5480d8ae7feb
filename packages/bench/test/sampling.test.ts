import { beforeEach, expect, test, vi } from 'vitest'
import { type Entry, quick, sampleInTurns } from '../src/sampling.js'

let clock = 0
let calls: string[] = []

beforeEach(() => {
  clock = 0
  calls = []
  vi.spyOn(performance, 'now').mockImplementation(() => clock)
})

/** A call that takes so many milliseconds of the clock above. */
function taking(name: string, ms: number): Entry {
  const call = () => {
    calls.push(name)
    clock += ms
  }
  return { name, runnable: { sync: async () => {} }, call }
}

test('short calls are batched, and the time of one comes out', async () => {
  const [samples] = await sampleInTurns([taking('a', 0.125)], quick)
  expect(samples?.milliseconds).toEqual(Array(quick.rounds).fill(0.125))
  const warmUpCalls = quick.warmUp / 0.125
  expect(calls.length).toBe(warmUpCalls + (quick.rounds * 2) / 0.125)
})

test('everyone is warmed up by ten calls at least, and the order turns from round to round', async () => {
  await sampleInTurns([taking('a', 20), taking('b', 20)], quick)
  expect(calls.slice(0, 20).join('')).toBe('aaaaaaaaaabbbbbbbbbb')
  expect(calls.slice(20).join('')).toBe('abbaabbaab')
})

test('there are three rounds even when time is out', async () => {
  const samples = await sampleInTurns([taking('a', 900), taking('b', 900)], quick)
  expect(samples.map(({ milliseconds }) => milliseconds.length)).toEqual([3, 3])
})

test('what is slow is sampled three times, what is very slow once, and others as often as ever', async () => {
  const entries = [taking('fast', 3), taking('slow', 1500), taking('very slow', 6000)]
  const samples = await sampleInTurns(entries, { ...quick, enough: Number.POSITIVE_INFINITY })
  expect(samples.map(({ milliseconds }) => milliseconds.length)).toEqual([quick.rounds, 3, 1])
  expect(calls.filter((name) => name === 'very slow')).toHaveLength(1)
})
