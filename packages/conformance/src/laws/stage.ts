import type { Case } from '../core/case.js'
import type { Program } from '../core/program.js'
import type { Subject } from '../core/spec.js'

/** What a script acts on. Nothing here waits before `end`. */
export interface Stage {
  readonly subject: Subject
  /** How many times this script was played before, whatever it begins with. */
  readonly turn: number
  /** A case on storages that go by the names of its operands and outputs, or by other names. */
  program(c: Case, rename?: (name: string) => string): Program
  /** Makes the calls, and has the results judged at the end. */
  run(program: Program, calls?: () => void): void
  /** Has judged what the program's outputs hold now; its operands have become what kernels made of them. */
  judge(program: Program, now: Promise<Case>, origin?: 'drawn' | 'computed'): void
  /** Has the results of two programs compared, bit for bit where the backend promises that. */
  same(a: Program, b: Program): void
  /** A step ends here, or somebody waits, or neither: by turns. */
  between(): void
  end(): Promise<void>
}
