import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { create } from 'tar'

const inData = (file: string) => new URL(file, import.meta.resolve('@convkit/datasets')).href

/** Batches as Python's pickle writes them. */
export const pickle = {
  async samples(): Promise<readonly Buffer[]> {
    const file = new URL('../test/pickles.json', import.meta.resolve('@convkit/datasets'))
    const packed: { readonly [name: string]: string } = JSON.parse(await readFile(file, 'utf8'))
    return Object.values(packed).map((text) => gunzipSync(Buffer.from(text, 'base64')))
  },
  async read(bytes: Buffer): Promise<unknown> {
    const { pythonToBatch } = await import(inData('pythonBatch.js'))
    return pythonToBatch(bytes)
  },
}

const names = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`).concat('test_batch.bin')

/** The official archive, with two images a batch. */
export const cifarArchive = {
  async samples(): Promise<readonly Buffer[]> {
    const folder = await mkdtemp(join(tmpdir(), 'convkit-torture-'))
    try {
      for (const name of names) await writeFile(join(folder, name), Buffer.alloc(2 * 3073, 3))
      await create({ cwd: folder, gzip: true, file: join(folder, 'a') }, names)
      await create({ cwd: folder, file: join(folder, 'b') }, names)
      return [await readFile(join(folder, 'a')), await readFile(join(folder, 'b'))]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  async read(path: string): Promise<unknown> {
    const { openLocal } = await import(inData('source.js'))
    const batches = names.map((name) => ({ name, records: 2, split: name === 'test_batch.bin' ? 'test' : 'train' }))
    const batchOf = await openLocal({ name: 'CIFAR-10', batches }, path)
    for (const batch of batches) await batchOf(batch)
    return null
  },
}
