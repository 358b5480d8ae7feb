import { pictureFormats, Random, sortPictures, stratifiedSplit } from '@convkit/data'
import type { PixelSet } from './pixelSet.js'
import { readPicture, values } from './pixels.js'
import type { OnProgress } from './sample.js'

/** A file and its path from the folder that the visitor chose. */
export interface FolderFile {
  readonly path: string
  readonly file: File
}

const fewest = 20

/** The files of a folder that the visitor chose; the browser puts that folder's name before every path. */
export function filesOf(files: Iterable<File>): FolderFile[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/'), file }))
}

/**
 * A visitor's pictures in one random order, the same each time: 8 of 10 to train, 1 to validate, 1 to test, with
 * every class in its share. Classes are those that `convkit train --data` takes; a split of the folder's own is not kept.
 */
export async function readFolder(files: readonly FolderFile[], onProgress: OnProgress): Promise<PixelSet> {
  const { classNames, pictures, validation } = sortPictures(
    files.map(({ path }) => path),
    'the folder',
  )
  const all = [...pictures, ...(validation ?? [])]
  if (classNames.length < 2)
    throw new Error(`wanted a folder with a folder of images for each class, found ${classNames.length} of them`)
  if (all.length < fewest) throw new Error(`wanted at least ${fewest} images, found ${all.length}`)
  const byPath = new Map(files.map(({ path, file }) => [path, file]))
  const held = Math.max(1, Math.floor(all.length / 10))
  const counts = { train: all.length - 2 * held, validation: held, test: held }
  const labels = all.map(({ label }) => label)
  const order = stratifiedSplit(labels, Object.values(counts), new Random(0)).flatMap((rows) =>
    [...rows].flatMap((i) => all.slice(i, i + 1)),
  )
  const pixels = new Uint8Array(all.length * values)
  for (const [n, { path }] of order.entries()) {
    onProgress(n, all.length)
    try {
      pixels.set(await readPicture(byPath.get(path) ?? new Blob()), n * values)
    } catch (cause) {
      throw new Error(`${path} is not an image that this browser can read; expected ${pictureFormats}`, { cause })
    }
  }
  return {
    title: `${all.length} images of yours`,
    pixels,
    labels: order.map(({ label }) => label),
    classNames,
    counts,
  }
}
