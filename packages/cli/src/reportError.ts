import { inspect } from 'node:util'
import { ConfigError, ConvkitError } from '@convkit/api'
import { reasonOf } from '@convkit/files'
import colors from 'picocolors'
import { printable } from './terminal.js'

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
  const said = error instanceof ConvkitError ? error.message : isSystemError(error) ? systemMessage(error) : null
  const lines = said !== null && !debug ? said.split('\n').map(printable) : [inspect(error)]
  for (const line of lines) process.stderr.write(`${colors.red('convkit:')} ${who}${line}\n`)
}

/** A file that is not there, a folder that may not be written: the user's affair. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

/** What is written goes through `@convkit/files`, which says so itself. */
function systemMessage(error: NodeJS.ErrnoException): string {
  const reading = ['open', 'read', 'stat', 'lstat', 'scandir', 'access', 'realpath'].includes(error.syscall ?? '')
  if (error.path === undefined) return error.message
  return `${error.path}: ${reading ? 'cannot be read' : `cannot ${error.syscall}`}: ${reasonOf(error)}`
}
