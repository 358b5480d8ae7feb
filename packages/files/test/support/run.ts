import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib/jiti-cli.mjs')

/** A program of this folder in a process of its own, which may write files of `blocks` times 1024 bytes at most. */
export function start(program: string, args: readonly string[], blocks?: number): ChildProcess {
  const limit = blocks === undefined ? '' : `ulimit -f ${blocks}; `
  const file = fileURLToPath(new URL(program, import.meta.url))
  const command = [process.execPath, '--conditions=@convkit/source', jiti, file, ...args]
  return spawn('bash', ['-c', `${limit}exec "$@"`, 'bash', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Its cache of compiled files would not fit either.
    env: { ...process.env, JITI_FS_CACHE: 'false' },
  })
}

export async function saidBy(child: ChildProcess): Promise<string> {
  return child.stdout ? await text(child.stdout) : ''
}
