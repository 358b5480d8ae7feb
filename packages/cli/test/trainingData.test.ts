import { spawnSync } from 'node:child_process'
import { cp, link, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataError } from '@convkit/api'
import { type AnyDataset, readRow } from '@convkit/data'
import { describe, expect, it } from 'vitest'
import { defaults } from '../src/config/schema.js'
import { loadTrainingData, type TrainingData } from '../src/trainingData.js'
import { sourceArguments } from './support/convkit.js'
import { photos } from './support/photos.js'

const settings = { ...defaults, imageSize: 8 }

async function load(data: string, more: object = {}) {
  const notes: string[] = []
  const sets = await loadTrainingData({ ...settings, data, ...more }, { onNote: (line) => notes.push(line) })
  return { ...both(sets), notes }
}

function both({ validation, ...sets }: TrainingData) {
  if (!validation) throw new Error('expected images to validate')
  return { ...sets, validation }
}

function countsOf({ labels }: { readonly labels: Int32Array }): number[] {
  return [0, 1, 2].map((wanted) => labels.filter((label) => label === wanted).length)
}

function rowsOf(set: AnyDataset): Float32Array[] {
  return Array.from(set.labels, (_, index) => {
    const row = new Float32Array(3 * 8 * 8)
    readRow(set, index, row)
    return row
  })
}

describe('a folder of images', () => {
  it('is split into the same shares of every class; a rare one is in all but the test set, which is left aside', async () => {
    const data = await photos(20, 8)
    for (let i = 2; i < 20; i++) await rm(join(data, 'green', `${i}.png`))
    const { train, validation, notes } = await load(data)
    expect(countsOf(validation)).toEqual([2, 1, 2])
    expect(countsOf(train)).toEqual([15, 1, 16])
    expect(notes).toEqual([])
    const few = await load(data, { train: 9, validation: 3 })
    expect(countsOf(few.validation)).toEqual([1, 1, 1])
    expect(countsOf(few.train)).toEqual([4, 1, 4])
  })

  it('may train whole', async () => {
    const { train, validation } = await loadTrainingData({
      ...settings,
      data: await photos(4, 8),
      validation: 0,
      test: 0,
    })
    expect([train.labels.length, validation]).toEqual([12, null])
  })

  it('keeps the split that it has', async () => {
    const [data, root] = [await photos(4, 8), await photos(1, 8)]
    for (const name of ['red', 'green', 'blue']) {
      await cp(join(data, name), join(root, 'train', name), { recursive: true })
      await cp(join(root, name), join(root, 'val', name), { recursive: true })
      await rm(join(root, name), { recursive: true })
    }
    const { train, validation } = await load(root)
    expect([countsOf(train), countsOf(validation)]).toEqual([
      [4, 4, 4],
      [1, 1, 1],
    ])
    await expect(load(root, { train: 13 })).rejects.toThrow(/has 12 training images, too few for 13/)
    await expect(load(root, { validation: 4 })).rejects.toThrow(/has 3 validation images, too few/)
  })

  it('leaves out what cannot be read where the user says so', async () => {
    const data = await photos(5, 8)
    await mkdir(join(data, '.hidden'))
    await writeFile(join(data, 'red', '9.png'), 'no image')
    await expect(load(data)).rejects.toThrow(/1 of \d+ images cannot be read: .*9\.png/)
    const { train, validation, notes } = await load(data, { skipUnreadable: true, validation: 3, test: 0 })
    expect(train.labels.length + validation.labels.length).toBe(15)
    expect(notes).toEqual([expect.stringMatching(/^left out: 1 of \d+ images cannot be read: .*9\.png/)])
  })

  it('is streamed where memory is too small for it, with the same bits and a word', async () => {
    const data = { ...settings, data: await photos(5, 8), validation: 3, test: 0 }
    const notes: string[] = []
    const streamed = both(await loadTrainingData(data, { memory: 3000, onNote: (line) => notes.push(line) }))
    const whole = both(await loadTrainingData(data))
    expect([whole.train, whole.validation, streamed.validation].map(({ images }) => 'readRow' in images)).toEqual([
      false,
      false,
      false,
    ])
    expect('readRow' in streamed.train.images).toBe(true)
    expect(notes).toEqual([expect.stringMatching(/^12 images would take .* MB of memory: streaming them/)])
    expect(streamed.mean).toEqual(whole.mean)
    for (const set of ['train', 'validation'] as const) {
      expect(rowsOf(streamed[set])).toEqual(rowsOf(whole[set]))
      expect(streamed[set].labels).toEqual(whole[set].labels)
    }
  })

  it('takes memory for a batch, not for the set, where it is streamed', async () => {
    const data = await photos(1, 8)
    // 300 MB in memory, 75 MB as bytes.
    for (const name of ['red', 'green', 'blue'])
      for (let i = 1; i < 128; i++) await link(join(data, name, '0.png'), join(data, name, `${i}.png`))
    const script = fileURLToPath(new URL('support/streamedRun.ts', import.meta.url))
    const run = spawnSync(process.execPath, ['--max-old-space-size=256', ...sourceArguments(script, [data])], {
      encoding: 'utf8',
    })
    expect(run.stderr).toBe('')
    const { before, peak, streamed } = JSON.parse(run.stdout)
    expect(streamed).toEqual([true, true])
    expect(peak - before).toBeLessThan(75e6)
  })

  it('has at least two classes', async () => {
    const data = await photos(5, 8)
    for (const name of ['red', 'blue']) await rm(join(data, name), { recursive: true })
    await expect(load(data)).rejects.toThrow(
      new DataError(`${data}: wanted a folder for each of two classes or more, found green alone`),
    )
  })
})
