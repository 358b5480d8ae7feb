import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { main } from '../../src/cli.js'

export interface Outcome {
  readonly code: number | null
  readonly signal?: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line in this process. */
export async function convkit(...args: readonly string[]): Promise<Outcome> {
  const written = { stdout: '', stderr: '' }
  const capture = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      written[stream] += String(chunk)
      return true
    })
  const spies = [capture('stdout'), capture('stderr')]
  try {
    await main(args)
    // What falls back is told at the next turn of the event loop.
    await new Promise(setImmediate)
    return { code: Number(process.exitCode ?? 0), ...written }
  } finally {
    process.exitCode = undefined
    for (const spy of spies) spy.mockRestore()
  }
}

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib/jiti-cli.mjs')
const entry = fileURLToPath(new URL('main.ts', import.meta.url))

/** What Node runs for the command line, from source. */
export function spawnArguments(args: readonly string[]): string[] {
  return sourceArguments(entry, args)
}

/** The same for another script. */
export function sourceArguments(script: string, args: readonly string[]): string[] {
  return ['--conditions=@convkit/source', jiti, script, ...args]
}

/** Runs the command line, from source, in a process of its own. */
export function spawnConvkit(
  args: readonly string[],
  { cwd, onStart }: { readonly cwd?: string; readonly onStart?: (child: ChildProcess) => void } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, spawnArguments(args), {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart?.(child)
  const stdout = text(child.stdout)
  const stderr = text(child.stderr)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      Promise.all([stdout, stderr]).then(([stdout, stderr]) => resolve({ code, signal, stdout, stderr }), reject)
    })
  })
}
