import type { Data } from '@convkit/api'
import type { Communicator, Operation } from '../communicator.js'

/** What a communicator has carried. */
export interface Traffic {
  readonly calls: number
  /** Of the arrays handed in. */
  readonly bytes: number
  /** While at least one call was under way, waiting for slower ranks included. */
  readonly seconds: number
}

/** The traffic of a stretch of time. */
export interface Communication extends Traffic {
  /** `seconds` as a share of that time, in [0, 1]. */
  readonly share: number
}

/** A communicator that counts what it carries. */
export class Metered implements Communicator {
  readonly rank: number
  readonly size: number
  readonly #inner: Communicator
  #calls = 0
  #bytes = 0
  #milliseconds = 0
  #underWay = 0
  #since = 0

  constructor(inner: Communicator) {
    this.rank = inner.rank
    this.size = inner.size
    this.#inner = inner
  }

  get traffic(): Traffic {
    return { calls: this.#calls, bytes: this.#bytes, seconds: this.#milliseconds / 1000 }
  }

  /** What is carried from now on, until the function is called. */
  cost(): () => Communication {
    const [start, before] = [performance.now(), this.traffic]
    return () => {
      const { calls, bytes, seconds } = this.traffic
      const spent = seconds - before.seconds
      const share = (1000 * spent) / (performance.now() - start)
      return { calls: calls - before.calls, bytes: bytes - before.bytes, seconds: spent, share }
    }
  }

  allreduce(data: Data, operation?: Operation): Promise<void> {
    return this.#count(data.byteLength, this.#inner.allreduce(data, operation))
  }

  broadcast(data: Data, root?: number): Promise<void> {
    return this.#count(data.byteLength, this.#inner.broadcast(data, root))
  }

  barrier(): Promise<void> {
    return this.#count(0, this.#inner.barrier())
  }

  abort(code: number): void {
    this.#inner.abort(code)
  }

  async #count(bytes: number, call: Promise<void>): Promise<void> {
    this.#calls++
    this.#bytes += bytes
    if (this.#underWay++ === 0) this.#since = performance.now()
    try {
      await call
    } finally {
      if (--this.#underWay === 0) this.#milliseconds += performance.now() - this.#since
    }
  }
}
