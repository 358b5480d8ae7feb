import { DataError } from '@convkit/api'
import { type Picture, type PictureFolder, pictureFormats, Random, sortPictures, stratifiedSplit } from '@convkit/data'
import type { Counts, PixelSet } from './pixelSet.js'
import { readPicture, values } from './pixels.js'
import type { OnProgress } from './sample.js'

/** A file and its path from the folder that the visitor chose. */
export interface FolderFile {
  readonly path: string
  readonly file: File
}

export interface FolderOptions {
  readonly onProgress: OnProgress
  /** Leave out pictures that cannot be read, and tell; by default they are an error. */
  readonly skipUnreadable: boolean
}

export interface FolderSet {
  readonly set: PixelSet
  /** What the visitor should know: what was left out. */
  readonly notes: readonly string[]
}

const fewest = 20
/** Pictures named in one message. */
const named = 5

/** The files of a folder that the visitor chose; the browser puts that folder's name before every path. */
export function filesOf(files: Iterable<File>): FolderFile[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/'), file }))
}

/**
 * A visitor's pictures in one random order, the same each time: 8 of 10 to train, 1 to validate, 1 to test, with
 * every class in its share; where the folder itself has `train` and `val` or `test`, those of `val` to validate and those of
 * `test` to test. Classes are those that `convkit train --data` takes.
 *
 * Errors: `DataError` for fewer than two classes or twenty pictures, and for pictures that cannot be read.
 */
export async function readFolder(files: readonly FolderFile[], options: FolderOptions): Promise<FolderSet> {
  const { classNames, notes, ...found } = sortPictures(
    files.map(({ path }) => path),
    'the folder',
  )
  if (classNames.length < 2)
    throw new DataError(`wanted a folder with a folder of images for each class, found ${classNames.length} of them`)
  const parts = dealt(found)
  const all = Object.values(parts).flat().length
  const byPath = new Map(files.map(({ path, file }) => [path, file]))
  const pixels = new Uint8Array(all * values)
  const labels: number[] = []
  const bad: string[] = []

  async function readPart(part: readonly Picture[]): Promise<number> {
    const before = labels.length
    for (const { path, label } of part) {
      options.onProgress(labels.length + bad.length, all)
      try {
        pixels.set(await readPicture(byPath.get(path) ?? new Blob()), labels.length * values)
        labels.push(label)
      } catch {
        bad.push(path)
      }
    }
    return labels.length - before
  }

  const counts = {
    train: await readPart(parts.train),
    validation: await readPart(parts.validation),
    test: await readPart(parts.test),
  }
  options.onProgress(all, all)
  const left = unreadable(bad, all)
  if (left !== null && !options.skipUnreadable) throw new DataError(left)
  checkRest(counts, labels, classNames, left)
  return {
    set: {
      own: true,
      title: `${labels.length} images of yours`,
      pixels: pixels.slice(0, labels.length * values),
      labels,
      classNames,
      counts,
    },
    notes: left === null ? notes : [...notes, `left out: ${left}`],
  }
}

type Parts = { readonly [P in keyof Counts]: readonly Picture[] }

function dealt({ pictures, validation, test }: Pick<PictureFolder, 'pictures' | 'validation' | 'test'>): Parts {
  const all = [pictures, validation ?? [], test ?? []].flat().length
  if (all < fewest) throw new DataError(`wanted at least ${fewest} images, found ${all}`)
  const tenth = Math.max(1, Math.floor(pictures.length / 10))
  const [tested, held] = [test ? 0 : tenth, validation ? 0 : tenth]
  const labels = pictures.map(({ label }) => label)
  const sizes = [pictures.length - tested - held, tested, held]
  const [train = [], others = [], left = []] = stratifiedSplit(labels, sizes, new Random(0)).map((rows) =>
    [...rows].flatMap((i) => pictures.slice(i, i + 1)),
  )
  return { train, validation: validation ?? left, test: test ?? others }
}

function unreadable(bad: readonly string[], all: number): string | null {
  if (bad.length === 0) return null
  const list = `${bad.slice(0, named).join(', ')}${bad.length > named ? ` and ${bad.length - named} more` : ''}`
  return `${bad.length} of ${all} images cannot be read by this browser: ${list}; expected ${pictureFormats}`
}

/** Throws `DataError` where too little could be read to train, validate and test on. */
function checkRest(
  counts: Counts,
  labels: readonly number[],
  classNames: readonly string[],
  left: string | null,
): void {
  const trained = new Set(labels.slice(0, counts.train))
  const lost = classNames.filter((_, label) => !trained.has(label))
  const empty = Object.entries(counts).flatMap(([part, n]) => (n === 0 ? [part] : []))
  if (lost.length > 0) throw new DataError(`no image of ${lost.join(', ')} to train on; ${left ?? 'add some'}`)
  if (empty.length > 0) throw new DataError(`no image for ${empty.join(', ')}; ${left ?? 'add some'}`)
}
