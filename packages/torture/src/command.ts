import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../cli/bin/convkit.js', import.meta.url))

/** A command line of convkit. */
export interface CommandLine {
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** A module that Node loads before the command. */
  readonly preload?: string
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
  readonly seconds: number
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

export function start({ args, env = {}, preload }: CommandLine, cwd: string): Started {
  const begun = performance.now()
  const loads = preload === undefined ? [] : ['--import', preload]
  const child = spawn(process.execPath, [...loads, bin, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  const stderr = text(child.stderr)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const seconds = (performance.now() - begun) / 1000
      stderr.then((stderr) => resolve({ code, signal, stderr, seconds }), reject)
    })
  })
  return { child, ended }
}
