import type { Call } from './call.js'
import { Programs } from './program.js'
import type { Provider } from './providers/provider.js'
import { type Batch, Recorder, release } from './record.js'

export interface QueueOptions {
  /** Compiled programs that are kept. */
  readonly programs: number
  /** Calls that may be recorded before they run unasked. */
  readonly recorded: number
  /** Equal steps that run together. */
  readonly stepsPerRun: number
}

/** A step may be this many times longer than the bound; then it is cut wherever it stands. */
const stretch = 4

/** What was called, and what runs: in order, one batch after another, with the first error kept until somebody waits. */
export class Queue {
  readonly programs: Programs
  readonly #recorder = new Recorder()
  readonly #options: QueueOptions
  #tail: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | null = null
  #flushing: Promise<void> | null = null
  #freed = false

  constructor(provider: Provider, options: QueueOptions) {
    this.programs = new Programs(provider, options.programs)
    this.#options = options
  }

  record(call: Call): void {
    this.#recorder.record(call)
  }

  endStep(): void {
    this.#recorder.end()
  }

  /** A storage was freed: what it held need not be computed. */
  noteFree(): void {
    this.#freed = true
  }

  /**
   * Before something new is recorded: the end of a step, or of a scope once enough is recorded, is where the next program
   * will look like the last. Only now, since scopes are freed after the step has been marked.
   */
  flushIfDue(): void {
    const { recorded, stepsPerRun } = this.#options
    const over = this.#recorder.length >= (this.#freed ? recorded : stretch * recorded) * stepsPerRun
    if (over || this.#recorder.ended >= stepsPerRun) this.flush()
    this.#freed = false
  }

  /** Runs what was recorded, after what runs now. */
  flush(): void {
    const batches = this.#recorder.take(this.#options.stepsPerRun)
    for (const batch of batches) this.#tail = this.#tail.then(() => this.#run(batch))
  }

  /** A place behind all that was recorded before it; the first error since the last wait ends here. */
  async wait<T>(task: () => Promise<T>): Promise<T> {
    await this.#flushSoon()
    const turn = this.#tail.then(async () => {
      if (!this.#failure) return task()
      const { error } = this.#failure
      this.#failure = null
      throw error
    })
    this.#tail = turn.then(
      () => {},
      () => {},
    )
    return turn
  }

  async #run(batch: Batch): Promise<void> {
    try {
      if (this.#failure) throw this.#failure.error
      await this.programs.run(batch)
    } catch (error) {
      this.#failure ??= { error }
      for (const version of batch.roots) version.lose(error)
    }
    release(batch)
  }

  /** Once the caller has said all that it says in one go: what it frees right after a read need not be computed. */
  #flushSoon(): Promise<void> {
    this.#flushing ??= Promise.resolve().then(() => {
      this.#flushing = null
      this.flush()
    })
    return this.#flushing
  }
}
