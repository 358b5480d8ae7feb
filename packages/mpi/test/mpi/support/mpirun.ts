import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly outcome: Promise<Outcome>
}

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib/jiti-cli.mjs')
const convkit = fileURLToPath(new URL('../../../../cli/bin/convkit.js', import.meta.url))

// The command takes every CONVKIT_ variable for a setting: those of the tests, or of whoever runs them, are none of its.
const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CONVKIT_')))
// CI machines run as root.
const env = { ...plain, OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1', NO_COLOR: '1' }

export interface Options {
  readonly cwd?: string
  readonly env?: { readonly [name: string]: string }
  /** For mpirun itself. */
  readonly flags?: readonly string[]
  /** A command that runs the one behind it, elsewhere. */
  readonly through?: readonly string[]
}

/** A program of `programs/`, on so many ranks. */
export function startProgram(ranks: number, name: string, args: readonly string[], options?: Options): Running {
  return start(ranks, [jiti, fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url)), ...args], options)
}

export function startConvkit(ranks: number, args: readonly string[], options?: Options): Running {
  return start(ranks, [convkit, ...args], options)
}

function start(
  ranks: number,
  args: readonly string[],
  { cwd, env: own, flags = [], through = [] }: Options = {},
): Running {
  const mpirun = ['mpirun', '--oversubscribe', '--bind-to', 'none', '-n', String(ranks), ...flags]
  const [command = '', ...rest] = [...through, ...mpirun, process.execPath, ...args]
  const child = spawn(command, rest, { cwd, env: { ...env, ...own } })
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', async (code) => resolve({ code, stdout: await stdout, stderr: await stderr }))
  })
  return { child, outcome }
}
