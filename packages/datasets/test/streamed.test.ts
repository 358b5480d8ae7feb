import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@convkit/api'
import { type AnyDataset, Batches, meanImage, Random, readRow, subtractMean } from '@convkit/data'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { encodeImage, readImageFolder, readImages, streamImageFolder } from '../src/index.js'
import { PixelFile } from '../src/pixelFile.js'
import { emptyFolder } from './folder.js'

afterEach(() => vi.unstubAllEnvs())

async function pictures(count: number): Promise<string> {
  const dir = await emptyFolder()
  const random = new Random(3)
  for (let i = 0; i < count; i++) {
    const folder = join(dir, i % 3 === 0 ? 'dog' : 'cat')
    await mkdir(folder, { recursive: true })
    const data = Float32Array.from({ length: 3 * 4 * 5 }, () => random.integer(256))
    await writeFile(join(folder, `${i}.png`), await encodeImage({ data, shape: [3, 4, 5] }, 'png'))
  }
  return dir
}

function rowsOf(set: AnyDataset): Float32Array[] {
  return Array.from(set.labels, (_, index) => {
    const row = new Float32Array(3 * 4 * 5)
    readRow(set, index, row)
    return row
  })
}

describe('images in a temporary file', () => {
  test('give the bits of those in memory: rows, mean, batches', async () => {
    const dir = await pictures(11)
    const [memory, streamed] = [await readImageFolder(dir), await streamImageFolder(dir)]
    using file = streamed.images
    expect({ ...streamed, images: null }).toEqual({ ...memory, images: null })
    expect(rowsOf(streamed)).toEqual(rowsOf(memory))
    const mean = meanImage(memory)
    expect(meanImage({ ...streamed, images: file })).toEqual(mean)
    const sets = [subtractMean(streamed, mean), subtractMean(memory, mean)]
    const [first, second] = sets.map((set) => {
      const batches = new Batches(set, { batchSize: 4, random: new Random(1) })
      return Array.from({ length: 6 }, () => structuredClone(batches.next()))
    })
    expect(first).toEqual(second)
  })

  test('are chosen where memory is too small, with a word', async () => {
    const dir = await pictures(4)
    const found = Array.from({ length: 4 }, (_, i) => ({
      path: `${i % 3 === 0 ? 'dog' : 'cat'}/${i}.png`,
      label: i % 2,
    }))
    const notes: string[] = []
    const options = { dir, classNames: ['cat', 'dog'], onNote: (line: string) => notes.push(line) }
    const bytes = 4 * 4 * 3 * 4 * 5
    expect((await readImages(found, { ...options, memory: bytes })).images).toBeInstanceOf(Float32Array)
    expect(notes).toEqual([])
    using file = (await readImages(found, { ...options, memory: bytes - 1 })).images as PixelFile
    expect(file).toBeInstanceOf(PixelFile)
    expect(notes).toEqual([expect.stringMatching(/^4 images would take .* of memory: streaming them from a temporary/)])
  })

  test('leave no name in the folder for temporary files, whose absence is told', async () => {
    const [dir, temporary] = [await pictures(3), await emptyFolder()]
    vi.stubEnv('TMPDIR', temporary)
    using _ = (await streamImageFolder(dir)).images
    expect(await readdir(temporary)).toEqual([])
    vi.stubEnv('TMPDIR', join(temporary, 'none'))
    await expect(streamImageFolder(dir)).rejects.toThrow(DataError)
    await expect(streamImageFolder(dir)).rejects.toThrow(/temporary file of .*none: there is no such file or folder/)
  })

  test('hold every byte where it was written, whatever the order', () => {
    const rows = fc.array(fc.uint8Array({ minLength: 7, maxLength: 7 }), { minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(rows, fc.nat(), (rows, seed) => {
        using file = new PixelFile(rows.length, 7)
        for (const index of new Random(seed).permutation(rows.length))
          file.writeRow(index, rows[index] ?? new Uint8Array())
        const into = new Float32Array(7)
        for (const [index, row] of rows.entries()) {
          file.readRow(index, into)
          expect([...into]).toEqual([...row])
        }
        expect(() => file.readRow(rows.length, into)).toThrow(DataError)
      }),
      { seed: 8, numRuns: 50 },
    )
  })

  test('stop being decoded when the signal says so', async () => {
    const dir = await pictures(2)
    const stop = new AbortController()
    stop.abort()
    await expect(streamImageFolder(dir, { signal: stop.signal })).rejects.toBe(stop.signal.reason)
  })
})
