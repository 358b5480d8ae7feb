import { Random } from '@convkit/data'
import type { PixelSet } from './pixelSet.js'
import { readPicture, values } from './pixels.js'
import type { OnProgress } from './sample.js'

export interface LabelledFile {
  readonly label: string
  readonly file: File
}

const fewest = 20

/** Pictures by the folder that each lies in: a class is a folder. */
export function labelled(files: Iterable<File>): LabelledFile[] {
  return [...files]
    .filter(({ type }) => type.startsWith('image/'))
    .map((file) => ({ label: file.webkitRelativePath.split('/').at(-2) ?? '', file }))
}

/** A visitor's pictures in one random order, the same each time: 8 of 10 to train, 1 to validate, 1 to test. */
export async function readFolder(files: readonly LabelledFile[], onProgress: OnProgress): Promise<PixelSet> {
  const classNames = [...new Set(files.map(({ label }) => label))].sort()
  if (classNames.length < 2)
    throw new Error(`wanted a folder with a folder of images for each class, found ${classNames.length} of them`)
  if (files.length < fewest) throw new Error(`wanted at least ${fewest} images, found ${files.length}`)
  const sorted = files.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))
  const order = [...new Random(0).permutation(files.length)].flatMap((i) => sorted.slice(i, i + 1))
  const pixels = new Uint8Array(files.length * values)
  for (const [n, { file }] of order.entries()) {
    onProgress(n, files.length)
    try {
      pixels.set(await readPicture(file), n * values)
    } catch (cause) {
      throw new Error(`${file.name} is not an image that this browser can read`, { cause })
    }
  }
  const held = Math.max(1, Math.floor(files.length / 10))
  return {
    title: `${files.length} images of yours`,
    pixels,
    labels: order.map(({ label }) => classNames.indexOf(label)),
    classNames,
    counts: { train: files.length - 2 * held, validation: held, test: held },
  }
}

const pathOf = ({ file }: LabelledFile): string => file.webkitRelativePath
