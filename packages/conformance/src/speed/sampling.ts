import { median } from './median.js'

/** What takes turns with others: one pass of one contender. */
export interface Entry {
  readonly name: string
  /** Returns a promise where the library has no other way. */
  call(): unknown
  /** Waits for what was queued; inside the timed region, after every call. */
  sync(): Promise<unknown>
  /** Makes the contender the one that calls go to, outside the timed region. */
  enter?(): Promise<unknown>
  /** Milliseconds of a call made before, where it says how long others take. */
  readonly first?: number
}

/** Milliseconds a call, one number a sample, in the order taken. */
export type Samples = readonly number[]

export interface SamplingBudget {
  /** Milliseconds of warming up. */
  readonly warmUpMs: number
  /** Samples that each entry gets unless it is slow, */
  readonly samples: number
  /** and what is slow; never fewer, but for calls of more than `verySlow`. Default 3. */
  readonly fewestSamples?: number
  /** Milliseconds of sampling after which an entry that has its samples gets no more. */
  readonly enoughMs: number
  /** Milliseconds of sampling after which an entry gets no more than the fewest. */
  readonly mostMs: number
  /** Whether samples say enough; where they do not, an entry that has its samples gets more. Default: always. */
  readonly settled?: (samples: Samples) => boolean
}

/** Entries that are done early keep what they have while others go on; none gets more. */
const mostSamples = 51
/** Engines compile a kernel anew once it has been called a few times, */
const usualCalls = 10
/** but what is slow is not warmed up for more than this many times the warm-up. */
const mostWarmUps = 10
/** Milliseconds of calls between two looks at the clock: a single call may be too short for it. */
export const sampleTime = 2
/** What is not settled by then never will be: so many times as much as is enough. */
const mostEnoughs = 4
/** In one sample, should a clock be too coarse to see one. */
const mostCalls = 10_000
/** Milliseconds of a call from which it is sampled no more than the fewest times, */
export const slow = 1000
/** or once. */
const verySlow = 5000
/** Calls that a turn begins with and nobody times: the others have had the caches since, and threads sleep. */
const settling = 2
/** Milliseconds of a call from which that makes no difference. */
const long = 100

/**
 * Warms every entry up by time and then samples all in rounds, in an order that turns. A sample is the mean of as many
 * calls as take 2 ms, each waited for; a few that nobody times go before them. Samples stand in the
 * order of the entries.
 */
export async function sampleInTurns(entries: readonly Entry[], budget: SamplingBudget): Promise<Samples[]> {
  const timers = entries.map(createTimer)
  for (const timer of timers) await warmUp(timer, budget)
  for (let round = 0; timers.some((timer) => !isDone(timer, budget)); round++)
    for (let turn = 0; turn < timers.length; turn++) {
      const timer = timers[(round + turn) % timers.length]
      if (!isDone(timer, budget)) await timer.sample()
    }
  return timers.map(({ samples }) => samples)
}

function isDone(
  { samples, spent, usual }: Timer,
  { samples: wanted, fewestSamples = 3, enoughMs, mostMs, settled }: SamplingBudget,
): boolean {
  const n = samples.length
  if (usual() > verySlow) return n >= 1
  if (n < fewestSamples) return false
  if (usual() > slow || spent() > mostMs) return true
  if (n < wanted) return false
  return n >= mostSamples || spent() > mostEnoughs * enoughMs || (spent() > enoughMs && (settled?.(samples) ?? true))
}

interface Timer {
  readonly samples: number[]
  /** Milliseconds of sampling so far. */
  spent(): number
  /** Milliseconds that a call takes, as far as is known. */
  usual(): number
  /** A call that is not kept. */
  warm(): Promise<unknown>
  /** Makes the last call a sample. */
  keep(): void
  sample(): Promise<void>
}

function createTimer({ call, sync, enter, first = Number.POSITIVE_INFINITY }: Entry): Timer {
  const samples: number[] = []
  let last = first
  let spent = 0

  async function repeat(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const done = call()
      if (done instanceof Promise) await done
      await sync()
    }
  }

  async function time(count: number): Promise<number> {
    const start = performance.now()
    await repeat(count)
    const milliseconds = performance.now() - start
    last = milliseconds / count
    return milliseconds
  }

  return {
    samples,
    spent: () => spent,
    usual: () => (samples.length > 0 ? median(samples) : last),
    async warm() {
      await enter?.()
      await time(1)
    },
    // So long a call was warm when it ended: its loops are compiled while they run.
    keep: () => samples.push(last),
    async sample() {
      const count = Math.min(mostCalls, Math.max(1, Math.ceil(sampleTime / last)))
      await enter?.()
      if (last < long) await repeat(Math.min(count, settling))
      spent += await time(count)
      samples.push(last)
    },
  }
}

async function warmUp(timer: Timer, { warmUpMs }: SamplingBudget): Promise<void> {
  const start = performance.now()
  const elapsed = () => performance.now() - start
  const isSlow = () => Number.isFinite(timer.usual()) && timer.usual() > slow
  for (let calls = 0; !isSlow() && (calls < usualCalls || elapsed() < warmUpMs); calls++) {
    await timer.warm()
    if (elapsed() > mostWarmUps * warmUpMs) break
  }
  if (isSlow() && timer.usual() > verySlow) timer.keep()
}
