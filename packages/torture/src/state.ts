import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A case that was run. */
export interface Finished {
  readonly name: string
  readonly faults: readonly string[]
  readonly seconds: number
}

/** Which cases are done, in a file, so that a run that was broken off goes on. */
export class State {
  readonly #file: string
  readonly #finished = new Map<string, Finished>()

  private constructor(file: string) {
    this.#file = file
  }

  static async open(file: string): Promise<State> {
    const state = new State(file)
    await mkdir(dirname(file), { recursive: true })
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
    // Without the last: it is empty, or was cut short.
    const whole = lines.slice(0, -1)
    for (const line of whole) {
      const finished: Finished = JSON.parse(line)
      state.#finished.set(finished.name, finished)
    }
    await writeFile(file, whole.map((line) => `${line}\n`).join(''))
    return state
  }

  of(name: string): Finished | undefined {
    return this.#finished.get(name)
  }

  get count(): number {
    return this.#finished.size
  }

  async add(finished: Finished): Promise<void> {
    this.#finished.set(finished.name, finished)
    await appendFile(this.#file, `${JSON.stringify(finished)}\n`)
  }

  async forget(): Promise<void> {
    await rm(this.#file, { force: true })
  }
}
