type Chore = 'tell' | 'look' | 'save'

/** Seconds that the rate is of. */
const memory = 5

/** How fast steps go, and when it is time for what is not a step. */
export class Pace {
  /** When steps were counted, in milliseconds, and how many. */
  #marks: { readonly at: number; readonly steps: number }[] = [{ at: performance.now(), steps: 0 }]
  readonly #last = new Map<Chore, number>()
  readonly #cost = new Map<Chore, number>()

  count(steps: number): void {
    this.#marks.push({ at: performance.now(), steps })
    const oldest = performance.now() - memory * 1000
    while (this.#marks.length > 2 && this.#marks[0].at < oldest) this.#marks.shift()
  }

  /** Steps a second; null before there is a rate. */
  get rate(): number | null {
    const [first, ...others] = this.#marks
    const last = others.at(-1)
    if (!first || !last || last.at - first.at < 200) return null
    return (1000 * others.reduce((sum, { steps }) => sum + steps, 0)) / (last.at - first.at)
  }

  /** Forgets the time of a rest. */
  restart(): void {
    this.#marks = [{ at: performance.now(), steps: 0 }]
  }

  /** Whether so many milliseconds have passed since the last time, and so many times what it cost then. */
  due(chore: Chore, milliseconds: number, times = 0): boolean {
    const now = performance.now()
    const last = this.#last.get(chore)
    if (last === undefined) {
      // The first time comes soon: a visitor may be gone before the second.
      this.#last.set(chore, now - 0.8 * milliseconds)
      return chore === 'tell'
    }
    if (now - last < Math.max(milliseconds, times * (this.#cost.get(chore) ?? 0))) return false
    this.#last.set(chore, now)
    return true
  }

  /** Does a chore and notes what it cost. */
  async time<T>(chore: Chore, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    const result = await work()
    this.#last.set(chore, performance.now())
    this.#cost.set(chore, performance.now() - start)
    return result
  }
}
