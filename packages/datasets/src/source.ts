import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DataError } from '@convkit/api'
import { reasonOf } from '@convkit/files'
import { readArchive } from './archive.js'
import { pythonToBatch } from './pythonBatch.js'
import { type Batch, type Release, recordBytes } from './release.js'

/** Gives the records of a batch. */
export type Batches = (batch: Batch) => Promise<Uint8Array>

const folders = ['.', 'cifar-10-batches-bin', 'cifar-10-batches-py']
const archives = ['cifar-10-binary', 'cifar-10-python'].flatMap((name) =>
  ['.tar.gz', '.tgz', '.tar'].map((extension) => name + extension),
)

const expected =
  'expected the folder cifar-10-batches-bin or cifar-10-batches-py, the one that it is in, or the archive (.tar.gz, .tar)'

/**
 * The batches of a release in any form that people have: binary or Python version, a folder, the one that it lies in, or
 * a tar archive, gzipped or not.
 *
 * Errors: `DataError` where `path` holds none.
 */
export async function openLocal(release: Release, path: string): Promise<Batches> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new DataError(`${path}: ${reasonOf(cause)}`, { cause })
  })
  if (found.isFile()) return openArchiveFile(release, path)
  const source = await findLocal(release, path)
  if (source) return source
  const names = await readdir(path).catch((): string[] => [])
  if (names.some((name) => /^cifar-100/.test(name)) || ['train', 'test', 'meta'].every((name) => names.includes(name)))
    throw new DataError(`${path}: is CIFAR-100; expected CIFAR-10`)
  const missing = release.batches.map(fileNames).filter((wanted) => !wanted.some((name) => names.includes(name)))
  if (missing.length < release.batches.length)
    throw new DataError(`${path}: holds no ${missing.map((wanted) => wanted.join(' or ')).join(', ')}`)
  throw new DataError(`${path}: holds no ${release.name}; ${expected}`)
}

/** The same; null where not every batch is in `path`. */
export async function findLocal(release: Release, path: string): Promise<Batches | null> {
  for (const form of [0, 1] as const)
    for (const folder of folders) {
      const fileOf = (batch: Batch) => join(path, folder, fileNames(batch)[form])
      if (await areFiles(release.batches.map(fileOf))) return (batch) => readBatchFile(fileOf(batch), batch)
    }
  for (const name of archives) if (await areFiles([join(path, name)])) return openArchiveFile(release, join(path, name))
  return null
}

/** The same where `path` may be the archive itself. */
export async function findForm(release: Release, path: string): Promise<Batches | null> {
  return (await areFiles([path])) ? openArchiveFile(release, path) : findLocal(release, path)
}

/** Whether there is something for `findLocal`, without reading it. */
export async function isLocal(release: Release, path: string): Promise<boolean> {
  const wanted = [0, 1].flatMap((form) =>
    folders.map((folder) => release.batches.map((batch) => join(path, folder, fileNames(batch)[form] ?? ''))),
  )
  for (const files of [...wanted, ...archives.map((name) => [join(path, name)])]) if (await areFiles(files)) return true
  return false
}

async function areFiles(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => null)))
  return found.every((file) => file?.isFile() ?? false)
}

async function readBatchFile(path: string, batch: Batch): Promise<Uint8Array> {
  const { size } = await stat(path)
  if (size > limitOf(batch)) throw new DataError(`${path}: is larger than any batch, ${size} bytes`)
  return toRecords(path, await readFile(path), batch)
}

async function openArchiveFile(release: Release, path: string): Promise<Batches> {
  const files = await readArchive(
    createReadStream(path),
    release.batches.flatMap(fileNames),
    Math.max(...release.batches.map(limitOf)),
  ).catch((cause: unknown) => {
    throw new DataError(`${path}: cannot be read as an archive: ${reasonOf(cause)}; ${expected}`, { cause })
  })
  const held = (batch: Batch) => fileNames(batch).find((name) => files.has(name))
  if (!release.batches.some(held)) {
    const other = /cifar-100/.test(basename(path)) ? 'is CIFAR-100' : `holds no batch of ${release.name}`
    throw new DataError(`${path}: ${other}; ${expected}`)
  }
  return async (batch) => {
    const name = held(batch)
    const bytes = name === undefined ? undefined : files.get(name)
    if (name === undefined || !bytes) throw new DataError(`${path}: holds no ${fileNames(batch).join(' or ')}`)
    return toRecords(`${path}: ${name}`, bytes, batch)
  }
}

/** Of the binary version, and of the Python version. */
function fileNames({ name }: Batch): readonly [binary: string, python: string] {
  return [name, basename(name, '.bin')]
}

/** The Python version has the names of files as well. */
function limitOf({ records }: Batch): number {
  return 2 * records * recordBytes + 2 ** 20
}

function toRecords(path: string, file: Buffer, batch: Batch): Buffer {
  try {
    const records = path.endsWith('.bin') ? file : pythonToBatch(file)
    const wanted = batch.records * recordBytes
    if (records.length % recordBytes !== 0)
      throw new DataError(`wanted records of ${recordBytes} bytes, got ${records.length} bytes in all`)
    if (records.length !== wanted)
      throw new DataError(`wanted ${batch.records} images, got ${records.length / recordBytes}`)
    for (let n = 0; n < batch.records; n++) {
      const label = records[n * recordBytes]
      if (label > 9) throw new DataError(`image ${n}: wanted a label of 0 to 9, got ${label}`)
    }
    return records
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause
    throw new DataError(`${path}: ${cause.message}`, { cause })
  }
}

/** Throws `DataError` where neither `dir` nor the folder that it would be in is there: a mistyped name. */
export async function checkParent(dir: string, remedy: string): Promise<void> {
  const found = await Promise.all([dir, dirname(dir)].map((path) => stat(path).catch(() => null)))
  if (found.every((path) => path === null)) throw new DataError(`${dirname(dir)}: there is no such folder; ${remedy}`)
}
