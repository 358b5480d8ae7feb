import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkOptions, DataError } from '@convkit/api'
import type { Dataset } from '@convkit/data'
import { isLitter, isPicture, type Picture, type PictureFolder, sortPictures } from '@convkit/data'
import { reasonOf } from '@convkit/files'
import type { ReadImageOptions } from './images.js'
import type { PixelFile } from './pixelFile.js'
import { type DecodeOptions, decode, decodeOptions, inMemory, onDisk } from './readImages.js'
import { nameHint } from './reason.js'

/**
 * The pictures of a folder and their classes, as `sortPictures` takes them. Links are followed.
 *
 * Errors: `DataError` for a folder that cannot be read or whose links lead in a circle, and those of `sortPictures`.
 */
export async function listImageFolder(dir: string): Promise<PictureFolder> {
  const found: Found = { paths: [], notes: [] }
  await walk(dir, '', [], found)
  const sorted = sortPictures(found.paths, dir)
  return { ...sorted, notes: [...sorted.notes, ...found.notes] }
}

export interface ReadImageFolderOptions
  extends ReadImageOptions,
    Pick<DecodeOptions, 'skipUnreadable' | 'onNote' | 'signal'> {}

/**
 * A data set from `dir/<class name>/`: classes and images in the order of their names.
 *
 * Errors: `DataError` for a folder without images, with a split of its own, of images that differ in size, or of more
 * than memory holds; and, unless `skipUnreadable`, for images that cannot be read.
 */
export async function readImageFolder(dir: string, options: ReadImageFolderOptions = {}): Promise<Dataset> {
  return decode(...(await folderOf(dir, options)), inMemory)
}

/**
 * The same from a temporary file, a byte a value, for more images than memory holds. Training on it gives the same bits.
 * The file is gone when `images` is disposed of, or the process ends.
 */
export async function streamImageFolder(
  dir: string,
  options: ReadImageFolderOptions = {},
): Promise<Dataset<PixelFile>> {
  return decode(...(await folderOf(dir, options)), onDisk)
}

async function folderOf(dir: string, options: ReadImageFolderOptions): Promise<[readonly Picture[], DecodeOptions]> {
  checkOptions('image folder', options, decodeOptions)
  const { classNames, pictures, validation, notes } = await listImageFolder(dir)
  if (validation) throw new DataError(`${dir}: has splits of its own; expected the folder of one, such as ${dir}/train`)
  for (const line of notes) options.onNote?.(line)
  return [pictures, { dir, classNames, ...options }]
}

interface Found {
  readonly paths: string[]
  /** On what is left out. */
  readonly notes: string[]
}

/** Adds the paths from `dir` on of all files and folders; `above` are the real folders that it is in. */
async function walk(dir: string, from: string, above: readonly string[], { paths, notes }: Found): Promise<void> {
  const folder = join(dir, from.replace(/\/$/, ''))
  const real = await realpath(folder).catch(failed)
  if (above.includes(real))
    throw new DataError(`${folder}: its links lead in a circle, back to ${real}; remove the link`)
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(failed)) {
    if (isLitter(entry.name)) continue
    const path = from + entry.name
    const own = join(dir, path)
    const kind = entry.isSymbolicLink() ? await stat(own).catch(reasonOf) : entry
    if (typeof kind === 'string') {
      // Reading a picture that is not there says so.
      if (isPicture(path)) paths.push(path)
      else notes.push(`${own} left out, a link that leads nowhere: ${kind}`)
    } else if (kind.isFile()) paths.push(path)
    else if (kind.isDirectory()) {
      paths.push(`${path}/`)
      await walk(dir, `${path}/`, [...above, real], { paths, notes })
    } else if (isPicture(path)) notes.push(`${own} left out: it is no file`)
  }

  function failed(cause: unknown): never {
    throw new DataError(`${folder}: cannot be read: ${reasonOf(cause)}${nameHint(folder)}`, { cause })
  }
}
