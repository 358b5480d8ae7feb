import { mkdtempSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'

/** A folder of the test's own, gone after the test file. */
export const root = mkdtempSync(join(tmpdir(), 'convkit-'))
afterAll(() => rm(root, { recursive: true, force: true }))

let count = 0

/** A new folder with these files. */
export async function folder(files: { readonly [name: string]: string | Uint8Array } = {}): Promise<string> {
  const path = join(root, String(count++))
  await mkdir(path)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return path
}
