import { execFile, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { readWholeFile } from '../src/index.js'
import { folder } from './support/folder.js'

const run = promisify(execFile)

it('reads a file, and a pipe to its end', async () => {
  const dir = await folder()
  const [file, pipe] = [join(dir, 'file'), join(dir, 'pipe')]
  const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251)
  await writeFile(file, bytes)
  await run('mkfifo', [pipe])
  const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', file, pipe])
  for (const path of [file, pipe]) expect(Buffer.from(bytes).equals(await readWholeFile(path)), path).toBe(true)
  expect(writer.exitCode ?? 0).toBe(0)
})

it('does not read on where there is no end', async () => {
  await expect(readWholeFile('/dev/zero')).rejects.toThrow('it is no plain file, and gives more than 67108864 bytes')
})

it('gives nothing of what holds nothing, and the system’s error of a folder', async () => {
  expect(await readWholeFile('/dev/null')).toHaveLength(0)
  await expect(readWholeFile(await folder())).rejects.toThrow('EISDIR')
})
