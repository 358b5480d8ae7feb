import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { loadCheckpoint } from '@convkit/nn/node'
import { beforeAll, describe, expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit, spawnArguments, spawnConvkit } from './support/convkit.js'
import { photos } from './support/photos.js'
import { smallRun } from './support/training.js'

let data: string
beforeAll(async () => {
  data = await photos(20, 8)
})
const endless = (checkpoint: string) => [...smallRun(data), '--checkpoint', checkpoint, '--epochs', '100000']

/** Runs the command line, `"$@"`, as a shell's `script` says. */
async function inShell(script: string, args: readonly string[]) {
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, ...spawnArguments(args)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stderr = text(child.stderr)
  const [code] = await once(child, 'close')
  return { code, stderr: await stderr }
}

describe('a run that is interrupted saves its checkpoint', () => {
  it('where its terminal is closed', async () => {
    const checkpoint = join(await folder(), 'run.safetensors')
    const stopped = await spawnConvkit(endless(checkpoint), {
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGHUP')),
    })
    expect(stopped).toMatchObject({ code: 129, signal: null, stderr: '' })
    await loadCheckpoint(checkpoint)
  })

  it('where nobody reads its output any more', async () => {
    const checkpoint = join(await folder(), 'run.safetensors')
    const { code, stderr } = await inShell('set -o pipefail; "$@" | head -n 1', endless(checkpoint))
    expect({ code, stderr }).toEqual({ code: 141, stderr: 'convkit: nobody reads the output any more: stopped\n' })
    await loadCheckpoint(checkpoint)
  })

  it('where its output cannot be written', async () => {
    const checkpoint = join(await folder(), 'run.safetensors')
    const { code, stderr } = await inShell('exec "$@" > /dev/full', endless(checkpoint))
    const said = 'convkit: the output cannot be written: the disk is full (ENOSPC): stopped\n'
    expect({ code, stderr }).toEqual({ code: 1, stderr: said })
    await loadCheckpoint(checkpoint)
  })
})

describe('a checkpoint', () => {
  it('is written by one run at a time, and nothing is left beside it', async () => {
    const cwd = await folder()
    const checkpoint = join(cwd, 'run.safetensors')
    const seconds: ReturnType<typeof convkit>[] = []
    const first = await spawnConvkit(endless(checkpoint), {
      onStart: (child) =>
        child.stdout?.once('data', () => {
          seconds.push(convkit(...endless(checkpoint), '--resume').finally(() => child.kill('SIGTERM')))
        }),
    })
    const [second] = await Promise.all(seconds)
    expect(second).toMatchObject({ code: 2, stdout: '' })
    expect(second?.stderr).toMatch(/run\.safetensors is being written by process \d+ on .*; wait for it/)
    expect(first.code).toBe(143)
    expect(await readdir(cwd)).toEqual(['run.safetensors'])
  })

  it('may not be the file of the model too', async () => {
    const file = join(await folder(), 'run.safetensors')
    const { code, stderr } = await convkit(...smallRun(data), '--checkpoint', file, '--out', file)
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--checkpoint and --out are the same file/),
    })
  })
})

it('a place that cannot be written is refused before anything is trained', async () => {
  const cwd = await folder({ plain: 'old' })
  for (const out of [cwd, join(cwd, 'plain/model'), '/proc/nothing/model']) {
    const { code, stdout, stderr } = await convkit(...smallRun(data), '--out', out)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^convkit: --out: cannot write .*\n$/)
  }
})
