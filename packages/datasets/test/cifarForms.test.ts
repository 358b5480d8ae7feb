import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DataError } from '@convkit/api'
import { create } from 'tar'
import { describe, expect, test } from 'vitest'
import { inspectForm } from '../src/cache.js'
import { fetchRelease } from '../src/fetch.js'
import { loadRelease } from '../src/load.js'
import { readPickle } from '../src/pickle.js'
import { pythonToBatch } from '../src/pythonBatch.js'
import type { Release } from '../src/release.js'
import { findForm, findLocal, openLocal } from '../src/source.js'
import { emptyFolder } from './folder.js'
import pickles from './pickles.json' with { type: 'json' }
import { python2Pickle } from './python2.js'
import { classNames, makeSample } from './sample.js'

/** The batches of `records` images that the pickles of the fixture hold. */
const wanted = Buffer.concat(
  [0, 5, 9].map((label, n) =>
    Buffer.from([label, ...Array.from({ length: 3072 }, (_, i) => ((n * 3072 + i) * 7 + n * 11) % 251)]),
  ),
)

/** A folder with the sample in both versions, as folders and archives, under `parent`. */
async function everyForm() {
  const sample = await makeSample()
  const parent = await emptyFolder()
  const [binary, python] = ['cifar-10-batches-bin', 'cifar-10-batches-py'] as const
  for (const folder of [binary, python]) await mkdir(join(parent, folder))
  for (const [name, bytes] of sample.files) {
    await writeFile(join(parent, binary, name), bytes)
    await writeFile(join(parent, python, basename(name, '.bin')), python2Pickle(bytes))
  }
  const pack = async (folder: string, name: string, gzip: boolean) => {
    const file = join(await emptyFolder(), name)
    await create({ gzip, cwd: parent, file }, [folder])
    return file
  }
  const paths = {
    'the binary folder': join(parent, binary),
    'the Python folder': join(parent, python),
    'the folder that it is in': parent,
    'cifar-10-binary.tar.gz': await pack(binary, 'cifar-10-binary.tar.gz', true),
    'cifar-10-python.tar.gz': await pack(python, 'cifar-10-python.tar.gz', true),
    'a plain tar': await pack(python, 'python.tar', false),
    'a folder with the archive': join(await pack(python, 'cifar-10-python.tar.gz', true), '..'),
  }
  return { ...sample, paths }
}

async function readAll(release: Release, path: string): Promise<Uint8Array[]> {
  const source = await openLocal(release, path)
  return Promise.all(release.batches.map(source))
}

describe('CIFAR-10 as people have it', () => {
  test('is read from every form, fetched from it, and loaded in place', async () => {
    const { release, files, paths } = await everyForm()
    const split = { train: 4, validation: 2, test: 3 }
    const published = await loadRelease(
      release,
      await openLocal(release, paths['the binary folder']),
      classNames,
      split,
    )
    for (const [form, path] of Object.entries(paths)) {
      expect(await readAll(release, path), form).toEqual([...files.values()])
      const dir = join(await emptyFolder(), 'cifar10')
      await fetchRelease(release, dir, { from: path })
      for (const [name, bytes] of files) expect((await readFile(join(dir, name))).equals(bytes), form).toBe(true)
      expect(await loadRelease(release, await openLocal(release, path), classNames, split)).toEqual(published)
    }
  })

  test('is shown batch by batch in every form, and as damaged where it cannot be read', async () => {
    const { release, files, paths } = await everyForm()
    const shown = async (path: string) => {
      const form = await findForm(release, path)
      return form && (await inspectForm(release, path, form))
    }
    for (const [form, path] of Object.entries(paths))
      expect(await shown(path), form).toEqual(
        release.batches.map(({ name, md5 }) => ({ name, path, size: files.get(name)?.length, md5, state: 'ok' })),
      )
    const python = paths['the Python folder']
    await writeFile(join(python, 'data_batch_2'), 'no pickle')
    const states = (await shown(python))?.map(({ name, state }) => `${name} ${state}`)
    expect(states?.filter((state) => !state.endsWith('ok'))).toEqual(['data_batch_2.bin damaged'])
    expect(await shown(await emptyFolder())).toBeNull()
  })

  test('is not found where a batch is missing, which is named', async () => {
    const { release, batches, files } = await makeSample()
    const dir = await emptyFolder()
    for (const name of ['data_batch_1.bin', 'data_batch_2.bin']) await writeFile(join(dir, name), files.get(name) ?? '')
    expect(await findLocal(release, dir)).toBeNull()
    await expect(openLocal(release, dir)).rejects.toThrow(
      new DataError(`${dir}: holds no test_batch.bin or test_batch`),
    )
    await expect(openLocal(release, join(batches, 'none'))).rejects.toThrow(/none: there is no such file or folder/)
  })

  test('is told from CIFAR-100, and from what is none', async () => {
    const { release, batches } = await makeSample()
    const hundred = await emptyFolder()
    for (const name of ['train', 'test', 'meta']) await writeFile(join(hundred, name), '')
    await expect(openLocal(release, hundred)).rejects.toThrow(
      new DataError(`${hundred}: is CIFAR-100; expected CIFAR-10`),
    )
    const archive = join(await emptyFolder(), 'cifar-100-python.tar.gz')
    await create({ gzip: true, cwd: hundred, file: archive }, ['.'])
    await expect(openLocal(release, archive)).rejects.toThrow(/cifar-100-python\.tar\.gz: is CIFAR-100; expected/)
    const empty = await emptyFolder()
    await expect(openLocal(release, empty)).rejects.toThrow(/holds no sample; expected the folder cifar-10-batches-bin/)
    await expect(openLocal(release, join(batches, 'test_batch.bin'))).rejects.toThrow(DataError)
  })

  test('is refused where a label, a length or a count is wrong, with file and reason', async () => {
    const { release, batches, files } = await makeSample()
    const path = join(batches, 'data_batch_2.bin')
    const good = files.get('data_batch_2.bin') ?? Buffer.alloc(0)
    const label = Buffer.from(good)
    label[3073] = 10
    for (const [bytes, reason] of [
      [label, 'image 1: wanted a label of 0 to 9, got 10'],
      [good.subarray(1), 'wanted records of 3073 bytes, got 9218 bytes in all'],
      [good.subarray(3073), 'wanted 3 images, got 2'],
    ] as const) {
      await writeFile(path, bytes)
      await expect(readAll(release, batches)).rejects.toThrow(new DataError(`${path}: ${reason}`))
    }
  })

  test('in an archive nothing outside of it is read: links and paths that lead out count for nothing', async () => {
    const { release, batches } = await makeSample()
    const dir = await emptyFolder()
    for (const { name } of release.batches) await symlink(join(batches, name), join(dir, name))
    const archive = join(await emptyFolder(), 'links.tar')
    await create({ cwd: dir, file: archive }, ['.'])
    await expect(openLocal(release, archive)).rejects.toThrow(/holds no batch of sample/)
  })
})

describe('the Python version', () => {
  test.each(Object.entries(pickles))('is read as %s', (_, packed) => {
    expect(pythonToBatch(gunzipSync(Buffer.from(packed, 'base64'))).equals(wanted)).toBe(true)
  })

  test('is read as Python 2 wrote it', () => {
    expect(pythonToBatch(python2Pickle(wanted)).equals(wanted)).toBe(true)
  })

  test.each([
    ['os', 'system'],
    ['__builtin__', 'eval'],
    ['numpy', '__dict__'],
  ])('runs nothing: a call of %s.%s is refused', (module, name) => {
    const pickle = Buffer.from(`c${module}\n${name}\nU\x04true\x85R.`, 'latin1')
    expect(() => readPickle(pickle)).toThrow(
      new DataError(`the pickle calls "${module}.${name}", which is not done here`),
    )
  })

  const damaged: readonly [string, string | Buffer, RegExp][] = [
    ['no pickle', 'hello', /operation 104|damaged|cut short/],
    ['empty', '', /cut short/],
    ['a number', '\x80\x02K\x01.', /holds no dictionary/],
    ['CIFAR-100', '\x80\x02}U\x0bfine_labels]s.', /is CIFAR-100/],
    ['no labels', '\x80\x02}.', /no list of whole numbers/],
    ['no data', '\x80\x02}U\x06labels]s.', /holds no data; expected 0 x 3072/],
    ['a length beyond the file', '\x80\x02T\xff\xff\xff\x7fabc', /cut short/],
    [
      'a label of 10',
      python2Pickle(Buffer.concat([Buffer.of(10), Buffer.alloc(3072)])),
      /wanted a label of 0 to 9, got 10/,
    ],
    [
      'fewer labels than images',
      python2Pickle(wanted).toString('latin1').replace('K\x00K\x05K\x09e', 'K\x00K\x05e'),
      /\[3,3072\]; expected 2 x 3072/,
    ],
    ['another type', python2Pickle(wanted).toString('latin1').replace('U\x02u1', 'U\x02f4'), /data is \|f4 \[3,3072\]/],
  ]
  test.each(damaged)('is refused: %s', (_, content, message) => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
    expect(() => pythonToBatch(bytes)).toThrow(message)
    expect(() => pythonToBatch(bytes)).toThrow(DataError)
  })
})
