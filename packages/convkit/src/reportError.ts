import { inspect } from 'node:util'
import { ConfigError, ConvkitError } from '@convkit/api'
import colors from 'picocolors'

export const usageError = 2

/** A failure that another process of the run tells the user of: this one ends with the same code and says nothing. */
export class ToldElsewhere extends Error {
  readonly exitCode: number

  constructor(error: unknown) {
    super('told by another process', { cause: error })
    this.exitCode = exitCodeOf(error)
  }
}

export function exitCodeOf(error: unknown): number {
  return error instanceof ConfigError ? usageError : 1
}

/** Prints an error: a line where it was foreseen, its stack where not or with `debug`. `who` it was goes before it. */
export function printError(error: unknown, debug: boolean, who = ''): void {
  const expected = error instanceof ConvkitError || isSystemError(error)
  const lines = expected && !debug ? error.message.split('\n') : [inspect(error)]
  for (const line of lines) process.stderr.write(`${colors.red('convkit:')} ${who}${line}\n`)
}

/** A file that is not there, a folder that may not be written: the user's affair, and its message says it all. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
