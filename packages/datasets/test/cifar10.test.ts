import { existsSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { cifar10ClassNames, cifar10Info, fetchCifar10, loadCifar10 } from '../src/index.js'
import { emptyFolder } from './folder.js'

const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat('test_batch.bin')

describe('CIFAR-10', () => {
  test('has ten classes in the order of their labels', () => {
    expect(cifar10ClassNames.join(' ')).toBe('airplane automobile bird cat deer dog frog horse ship truck')
  })

  test('is described file by file', async () => {
    const dir = await emptyFolder()
    await writeFile(join(dir, 'data_batch_3.bin'), '')
    const info = await cifar10Info(dir)
    expect(info).toMatchObject({ dir, ok: false })
    expect(info.files.map(({ name }) => name)).toEqual(names)
    expect(info.files.map(({ path }) => path)).toEqual(names.map((name) => join(dir, name)))
    expect(info.files.map(({ state }) => state)).toEqual([
      'missing',
      'missing',
      'damaged',
      'missing',
      'missing',
      'missing',
    ])
    expect(info.files[2]).toMatchObject({ size: 0, md5: 'd41d8cd98f00b204e9800998ecf8427e' })
  })

  test('lives in the folder of CONVKIT_DATA_DIR, or else in the user’s cache', async () => {
    const root = await emptyFolder()
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('CONVKIT_DATA_DIR', root)
    expect((await cifar10Info()).dir).toBe(join(root, 'cifar10'))
    vi.stubEnv('CONVKIT_DATA_DIR', '')
    expect((await cifar10Info()).dir).toMatch(/convkit.*cifar10$/)
  })

  test('is not loaded from a damaged file, which is named with the remedy', async () => {
    const dir = await emptyFolder()
    for (const name of names) await writeFile(join(dir, name), 'not a batch')
    const message = `${join(dir, 'data_batch_1.bin')}: wanted 30730000 bytes, got 11; run \`convkit data fetch --force\``
    await expect(loadCifar10({ dir })).rejects.toThrow(message)
  })

  test('with the right number of images is still held against its md5', async () => {
    const [dir, from] = [await emptyFolder(), await emptyFolder()]
    for (const name of names)
      await open(join(from, name), 'w').then(async (file) => file.truncate(30_730_000).finally(() => file.close()))
    const message = `cannot fetch CIFAR-10 from ${from}: data_batch_1.bin: wanted md5 5dd7e06a14cb22eb9f671a540d1b7c25`
    await expect(fetchCifar10({ dir, from })).rejects.toThrow(message)
    await expect(loadCifar10({ dir: from })).rejects.toThrow(/wanted md5 5dd7e06a14cb22eb9f671a540d1b7c25/)
  })

  test('is not downloaded into a folder that is not there, nor the one that it would be in', async () => {
    const parent = join(await emptyFolder(), 'mistyped')
    await expect(loadCifar10({ dir: join(parent, 'cifar10') })).rejects.toThrow(`${parent}: there is no such folder`)
    expect(existsSync(parent)).toBe(false)
  })

  test('is not taken from a folder that holds something else', async () => {
    const [dir, from] = [await emptyFolder(), await emptyFolder()]
    for (const name of names) await writeFile(join(from, name), 'not a batch')
    const message = `cannot fetch CIFAR-10 from ${from}: ${join(from, 'data_batch_1.bin')}: wanted records of 3073 bytes, got 11 bytes in all`
    await expect(fetchCifar10({ dir, from })).rejects.toThrow(message)
    await expect(loadCifar10({ dir, from })).rejects.toThrow(message)
  })
})
