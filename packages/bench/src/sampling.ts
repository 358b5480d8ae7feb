import type { Call, Runnable } from './runnable.js'

/** A pass of one contender: what takes turns with the others. */
export interface Entry {
  readonly name: string
  readonly runnable: Pick<Runnable, 'sync' | 'enter'>
  readonly call: Call
}

export interface Samples {
  readonly name: string
  /** Milliseconds a call, one number a sample, in the order taken. */
  readonly milliseconds: readonly number[]
}

export interface Effort {
  /** Most rounds; every contender that is not slow is sampled once in each. */
  readonly rounds: number
  /** Milliseconds after which no round begins, once there were the fewest. */
  readonly enough: number
  /** Milliseconds of warming up. */
  readonly warmUp: number
}

export const thorough: Effort = { rounds: 25, enough: 3000, warmUp: 250 }
export const quick: Effort = { rounds: 5, enough: 500, warmUp: 50 }

const fewestRounds = 3
/** Engines compile a kernel anew once it has been called a few times. */
const fewestCalls = 10
/** Milliseconds of calls between two looks at the clock. */
const sampleTime = 2
/** Milliseconds of a call from which it is sampled no more than `fewestRounds` times, */
export const slow = 1000
/** or once. */
export const verySlow = 5000

/** Warms every entry up and then samples them in rounds, in an order that turns. */
export async function sampleInTurns(entries: readonly Entry[], effort: Effort): Promise<Samples[]> {
  const timers = entries.map(createTimer)
  for (const timer of timers) await warmUp(timer, effort)
  const samples = timers.map(({ last }): number[] => (last() > verySlow ? [last()] : []))
  const start = performance.now()
  for (let round = 0; round < effort.rounds; round++) {
    if (round >= fewestRounds && performance.now() - start > effort.enough) break
    for (let turn = 0; turn < timers.length; turn++) {
      const i = (round + turn) % timers.length
      const [timer, taken] = [timers[i], samples[i]]
      const enough = timer && timer.last() > verySlow ? 1 : timer && timer.last() > slow ? fewestRounds : effort.rounds
      if (timer && taken && taken.length < enough) taken.push(await timer.sample(sampleTime))
    }
  }
  return entries.map(({ name }, i) => ({ name, milliseconds: samples[i] ?? [] }))
}

interface Timer {
  /** Milliseconds that a call took when it was timed last. */
  last(): number
  /** Makes calls for about so many milliseconds, at least one, and says how long one took. */
  sample(ms: number): Promise<number>
}

function createTimer({ runnable: { sync, enter }, call }: Entry): Timer {
  let last = Number.POSITIVE_INFINITY
  return {
    last: () => last,
    async sample(ms) {
      const count = Math.max(1, Math.ceil(ms / last))
      await enter?.()
      const start = performance.now()
      for (let i = 0; i < count; i++) {
        const done = call()
        if (done instanceof Promise) await done
      }
      await sync()
      last = (performance.now() - start) / count
      return last
    },
  }
}

/** A slow call is warm after one: its loops are compiled while they run. */
async function warmUp(timer: Timer, effort: Effort): Promise<void> {
  const start = performance.now()
  for (let calls = 0; calls < fewestCalls || performance.now() - start < effort.warmUp; calls++) {
    await timer.sample(0)
    if (timer.last() > slow) break
  }
}
