import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@convkit/api'
import fc from 'fast-check'
import sharp from 'sharp'
import { create } from 'tar'
import { describe, expect, test } from 'vitest'
import { readImage } from '../src/index.js'
import { pythonToBatch } from '../src/pythonBatch.js'
import { openLocal } from '../src/source.js'
import { emptyFolder } from './folder.js'
import { mutated } from './mutated.js'
import { python2Pickle } from './python2.js'
import { makeSample } from './sample.js'

const seed = 17

/** What a reader gives for a file, or null where it refuses it as it should. */
async function typed<T>(read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    expect(error.message).not.toContain('\n')
    return null
  }
}

describe('a mutated file gives a DataError in one line, or records and pixels of the right form:', () => {
  test('a pickle', async () => {
    const { files } = await makeSample(2)
    const good = python2Pickle(files.get('test_batch.bin') ?? Buffer.alloc(0))
    await fc.assert(
      fc.asyncProperty(mutated(good), async (bytes) => {
        const records = await typed(() => pythonToBatch(bytes))
        if (!records) return
        expect(records.length % 3073).toBe(0)
        expect(records.length).toBeLessThanOrEqual(bytes.length)
        for (let n = 0; n < records.length; n += 3073) expect(records[n]).toBeLessThan(10)
      }),
      { seed, numRuns: 3000 },
    )
  })

  test('a batch, and an archive of batches', async () => {
    const { release, files, batches } = await makeSample(2)
    const dir = await emptyFolder()
    await create({ gzip: true, cwd: join(batches, '..'), file: join(dir, 'good.tar.gz') }, ['cifar-10-batches-bin'])
    await create({ cwd: join(batches, '..'), file: join(dir, 'good.tar') }, ['cifar-10-batches-bin'])
    for (const [name, good] of [
      ['a.tar.gz', await readFile(join(dir, 'good.tar.gz'))],
      ['a.tar', await readFile(join(dir, 'good.tar'))],
    ] as const)
      await fc.assert(
        fc.asyncProperty(mutated(good), async (bytes) => {
          await writeFile(join(dir, name), bytes)
          for (const batch of release.batches) {
            const records = await typed(async () => (await openLocal(release, join(dir, name)))(batch))
            if (records) expect(records.length).toBe(files.get(batch.name)?.length)
          }
        }),
        { seed, numRuns: 150 },
      )
  })

  test.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)('a %s', async (format) => {
    const path = join(await emptyFolder(), 'image')
    const create = { width: 9, height: 7, channels: 3 as const, background: 'teal' }
    const good = await sharp({ create }).toFormat(format).toBuffer()
    await fc.assert(
      fc.asyncProperty(mutated(good), async (bytes) => {
        await writeFile(path, bytes)
        const image = await typed(() => readImage(path, { size: 4, crop: 'centre' }))
        if (image) expect(image).toMatchObject({ shape: [1, 3, 4, 4], data: { length: 48 } })
      }),
      { seed, numRuns: 150 },
    )
  })
})
