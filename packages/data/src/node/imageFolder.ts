import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@convkit/api'
import { reasonOf } from '@convkit/files'
import type { Dataset } from '../dataset.js'
import { isLitter, type PictureFolder, sortPictures } from '../pictures.js'
import type { ReadImageOptions } from './images.js'
import { type ReadImagesOptions, readImages } from './readImages.js'

/**
 * The pictures of a folder and their classes, as `sortPictures` takes them. Links are followed.
 *
 * Errors: `DataError` for a folder that cannot be read or whose links lead in a circle, and those of `sortPictures`.
 */
export async function listImageFolder(dir: string): Promise<PictureFolder> {
  return sortPictures(await walk(dir, '', []), dir)
}

export interface ReadImageFolderOptions
  extends ReadImageOptions,
    Pick<ReadImagesOptions, 'skipUnreadable' | 'onNote'> {}

/**
 * A data set from `dir/<class name>/`: classes and images in the order of their names.
 *
 * Errors: `DataError` for a folder without images, with a split of its own, or of images that differ in size; and, unless
 * `skipUnreadable`, for images that cannot be read.
 */
export async function readImageFolder(dir: string, options: ReadImageFolderOptions = {}): Promise<Dataset> {
  const { classNames, pictures, validation, notes } = await listImageFolder(dir)
  if (validation) throw new DataError(`${dir}: has splits of its own; expected the folder of one, such as ${dir}/train`)
  for (const line of notes) options.onNote?.(line)
  return readImages(pictures, { dir, classNames, ...options })
}

/** Paths from `dir` on of all files and folders; `above` are the real folders that it is in. */
async function walk(dir: string, from: string, above: readonly string[]): Promise<string[]> {
  const folder = join(dir, from.replace(/\/$/, ''))
  const real = await realpath(folder).catch(failed)
  if (above.includes(real))
    throw new DataError(`${folder}: its links lead in a circle, back to ${real}; remove the link`)
  const paths: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(failed)) {
    if (isLitter(entry.name)) continue
    const path = from + entry.name
    // A link to nowhere counts as a file, so that reading it says so.
    const kind = entry.isSymbolicLink() ? await stat(join(dir, path)).catch(() => null) : entry
    if (kind === null || kind.isFile()) paths.push(path)
    else if (kind.isDirectory()) paths.push(`${path}/`, ...(await walk(dir, `${path}/`, [...above, real])))
  }
  return paths

  function failed(cause: unknown): never {
    throw new DataError(`${folder}: cannot be read: ${reasonOf(cause)}`, { cause })
  }
}
