import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startWorkerHost } from '../src/check/workerHost.js'

/** A worker that says what it is told to. */
class Double {
  static last: Double
  onmessage: (event: { data: unknown }) => void = () => {}
  onerror: unknown
  postMessage = vi.fn()
  terminate = vi.fn()

  constructor() {
    Double.last = this
  }

  say(data: unknown): void {
    this.onmessage({ data })
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('Worker', Double)
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const beat = { type: 'beat', progress: { step: 0, case: 3, of: 40, shrinking: false } } as const
const ask = (limit: number, onBeat = vi.fn()) => {
  const host = startWorkerHost({ kind: 'known', id: 'naive' })
  return { host, onBeat, answer: host.ask({ type: 'close' }, limit, onBeat) }
}

test('a worker that shows signs of life has time', async () => {
  const { host, onBeat, answer } = ask(100)
  for (let i = 0; i < 10; i++) {
    await vi.advanceTimersByTimeAsync(90)
    Double.last.say(beat)
  }
  Double.last.say({ type: 'closed' })
  expect(await answer).toEqual({ type: 'reply', reply: { type: 'closed' } })
  expect(onBeat).toHaveBeenCalledTimes(10)
  expect(host.alive).toBe(true)
})

test('one that falls silent is ended', async () => {
  const { host, answer } = ask(100)
  await vi.advanceTimersByTimeAsync(60)
  Double.last.say(beat)
  await vi.advanceTimersByTimeAsync(101)
  expect(await answer).toEqual({ type: 'late' })
  expect(Double.last.terminate).toHaveBeenCalled()
  expect(host.alive).toBe(false)
})
