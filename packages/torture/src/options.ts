import { parseArgs } from 'node:util'
import { type Part, parts } from './case.js'

export interface Options {
  readonly help: boolean
  readonly short: boolean
  readonly only: readonly Part[]
  readonly cases: number | null
  readonly seed: number
}

export const help = `npm run torture -- [options]

Kills commands while they write, runs them on disks of every size, reads mutated files, and sets two processes on one file.
Goes on where it was broken off. Exits with 1 when anything is lost, mixed, left behind or read that should not be.

  --only <part>   kills, disks, fuzz or pairs; may be repeated
  --cases <n>     kills, disk sizes a command, mutated files, and pairs a command
                  (default: 1000, 200, 100000, 10; with --short 24, 3, 4000, 1)
  --seed <n>      another sequence of cases (default: 231)
  --short         at most three minutes
  --help

Examples:
  npm run torture
  npm run torture -- --short
  npm run torture -- --only kills --cases 100 --seed 5
`

/** Errors: `Error` that says what is wrong with the arguments. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      cases: { type: 'string' },
      seed: { type: 'string', default: '231' },
    },
  })
  const only = values.only.map((name) => {
    const part = parts.find((part) => part === name)
    if (!part) throw new Error(`--only: expected ${parts.join(', ')}, got ${JSON.stringify(name)}`)
    return part
  })
  return {
    help: values.help,
    short: values.short,
    only: only.length > 0 ? only : parts,
    cases: values.cases === undefined ? null : whole('--cases', values.cases, 1),
    seed: whole('--seed', values.seed, 0),
  }
}

function whole(flag: string, text: string, min: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
    throw new Error(`${flag}: expected a whole number of at least ${min}, got ${JSON.stringify(text)}`)
  return value
}
