import type { Counts, PixelSet } from './pixelSet.js'
import { type Frame, frameOf, values } from './pixels.js'

/** What the page says of a set before there is a run on it. */
export interface DataInfo {
  readonly own: boolean
  readonly title: string
  readonly counts: Counts
  readonly classNames: readonly string[]
  /** What the visitor should know: what was left out. */
  readonly notes: readonly string[]
  /** Some of the training images, class by class. */
  readonly samples: readonly Sample[]
}

interface Sample {
  readonly label: number
  readonly frame: Frame
}

const most = 20

export function dataInfo(set: PixelSet, notes: readonly string[] = []): DataInfo {
  const { own, title, counts, classNames } = set
  return { own, title, counts, classNames, notes, samples: samplesOf(set) }
}

/** The first ones of each class, as many of each; of many classes the first classes. */
function samplesOf({ pixels, labels, classNames, counts }: PixelSet): Sample[] {
  const each = Math.max(1, Math.floor(most / classNames.length))
  const trained = labels.slice(0, Math.min(counts.train, pixels.length / values))
  const rows = classNames.flatMap((_, label) =>
    [...trained.keys()]
      .filter((row) => trained[row] === label)
      .slice(0, each)
      .map((row) => ({ label, row })),
  )
  return rows
    .slice(0, most)
    .map(({ label, row }) => ({ label, frame: frameOf(pixels.subarray(row * values, (row + 1) * values)) }))
}
