import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, DataError } from '@convkit/api'
import type { Dataset } from '@convkit/data'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { md5 } from '../src/cache.js'
import { loadRelease } from '../src/load.js'
import { emptyFolder } from './folder.js'
import { classNames, type Drawn, makeSample } from './sample.js'

const seed = 32

/** x[n,c,y,x] of the drawn images, by its definition. */
const pixels = (drawn: readonly Drawn[]) =>
  drawn.flatMap(({ rows }) => ([0, 1, 2] as const).flatMap((c) => rows.flatMap((row) => row.map((pixel) => pixel[c]))))

const labels = (drawn: readonly Drawn[]) => drawn.map(({ label }) => label)

/** Counts that fit into 8 training and 4 test images. */
const counts = fc
  .record({ train: fc.nat(8), validation: fc.nat(8), test: fc.nat(4) })
  .filter(({ train, validation }) => train + validation <= 8)

describe('loading a release', () => {
  test('deals the images in order: training, then validation, from the training set; test from the test set', async () => {
    const { release, batches, drawn } = await makeSample(4)
    const [training, testing] = [drawn.slice(0, 2).flat(), drawn.slice(2).flat()]
    await fc.assert(
      fc.asyncProperty(counts, async ({ train, validation, test }) => {
        const options = { train, validation, test, subtractMean: false }
        const splits = await loadRelease(release, batches, classNames, options)
        const expectSplit = (split: Dataset, wanted: readonly Drawn[]) => {
          expect(split.shape).toEqual([wanted.length, 3, 32, 32])
          expect([...split.labels]).toEqual(labels(wanted))
          expect(split.images).toEqual(Float32Array.from(pixels(wanted)))
        }
        expectSplit(splits.train, training.slice(0, train))
        expectSplit(splits.validation, training.slice(train, train + validation))
        expectSplit(splits.test, testing.slice(0, test))
      }),
      { seed, numRuns: 30 },
    )
  })

  test('subtracts the mean of the training split, rounding once, from all three', async () => {
    const { release, batches, drawn } = await makeSample(4)
    const [training, testing] = [drawn.slice(0, 2).flat(), drawn.slice(2).flat()]
    const splits = await loadRelease(release, batches, classNames, { train: 5, validation: 3, test: 4 })
    const train = pixels(training.slice(0, 5))
    const mean = Array.from(
      { length: 3072 },
      (_, i) => [0, 1, 2, 3, 4].reduce((sum, n) => sum + (train[n * 3072 + i] ?? 0), 0) / 5,
    )
    const less = (values: readonly number[]) => Float32Array.from(values, (value, i) => value - (mean[i % 3072] ?? 0))
    expect(splits.mean).toEqual(Float32Array.from(mean))
    expect(splits.train.images).toEqual(less(train))
    expect(splits.validation.images).toEqual(less(pixels(training.slice(5))))
    expect(splits.test.images).toEqual(less(pixels(testing)))
  })

  test('refuses a batch in which any bit is flipped, naming it and the remedy', async () => {
    const { release, batches, files } = await makeSample(4)
    const dir = await emptyFolder()
    for (const name of files.keys()) await copyFile(join(batches, name), join(dir, name))
    const options = { train: 8, validation: 0, test: 4 }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files.keys()), fc.nat(), fc.nat(7), async (name, at, bit) => {
        const path = join(dir, name)
        const good = await readFile(path)
        const bad = Buffer.from(good)
        const i = at % bad.length
        bad[i] = (bad[i] ?? 0) ^ (1 << bit)
        await writeFile(path, bad)
        const message = `${path}: wanted md5 ${md5(good)}, got ${md5(bad)}; run \`convkit data fetch --force\``
        await expect(loadRelease(release, dir, classNames, options)).rejects.toThrow(new DataError(message))
        await writeFile(path, good)
      }),
      { seed, numRuns: 30 },
    )
    await loadRelease(release, dir, classNames, options)
  })

  test('refuses a batch that is too short or too long, naming its size', async () => {
    const { release, batches, files } = await makeSample(4)
    const dir = await emptyFolder()
    for (const name of files.keys()) await copyFile(join(batches, name), join(dir, name))
    const path = join(dir, 'test_batch.bin')
    const good = await readFile(path)
    for (const bad of [good.subarray(0, -1), Buffer.concat([good, Buffer.of(0)]), Buffer.alloc(0)]) {
      await writeFile(path, bad)
      const message = `${path}: wanted ${good.length} bytes, got ${bad.length}`
      await expect(loadRelease(release, dir, classNames, { train: 1, validation: 0, test: 1 })).rejects.toThrow(message)
    }
  })

  test('refuses a label that no class has', async () => {
    const { release, batches, drawn } = await makeSample(4)
    const most = Math.max(...labels(drawn.flat()))
    const load = loadRelease(release, batches, classNames.slice(0, most), { train: 8, validation: 0, test: 4 })
    await expect(load).rejects.toThrow(`wanted a label below ${most}, got ${most}`)
  })

  test('reads no batch it does not need', async () => {
    const { release, batches } = await makeSample(4)
    const dir = await emptyFolder()
    await copyFile(join(batches, 'data_batch_1.bin'), join(dir, 'data_batch_1.bin'))
    await loadRelease(release, dir, classNames, { train: 3, validation: 1, test: 0 })
    const load = loadRelease(release, dir, classNames, { train: 3, validation: 2, test: 0 })
    await expect(load).rejects.toThrow(`${join(dir, 'data_batch_2.bin')}: cannot be read`)
  })

  test.each([
    [{ train: 8, validation: 1 }, 'train + validation: wanted at most 8 images, got 8 + 1'],
    [{ train: 1, validation: 1, test: 5 }, 'test: wanted at most 4 images, got 5'],
    [{ train: 1.5 }, 'train: wanted a number of images, got 1.5'],
    [{ train: 1, validation: -1 }, 'validation: wanted a number of images, got -1'],
  ])('refuses %o', async (options, message) => {
    const { release, batches } = await makeSample(4)
    await expect(loadRelease(release, batches, classNames, options)).rejects.toThrow(new ConfigError(message))
  })
})
