export const parts = ['kills', 'disks', 'fuzz', 'pairs'] as const
export type Part = (typeof parts)[number]

/** What is tried at a time; the same name and seed try the same. */
export interface Case {
  readonly part: Part
  /** What is tried: a command, a reader. */
  readonly subject: string
  readonly name: string
  /** How many kills, sizes or files these are. */
  readonly count: number
  /** What it takes by what is known before. */
  readonly seconds: number
  /** Gives what is wrong, a line each. */
  run(): Promise<readonly string[]>
}
