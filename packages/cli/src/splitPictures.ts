import { ConfigError } from '@convkit/api'
import { type Picture, type PictureFolder, Random, stratifiedSplit } from '@convkit/data'
import type { Settings } from './config/load.js'

export interface Splits {
  readonly train: readonly Picture[]
  readonly validation: readonly Picture[]
  /** Empty where there are none to test on. */
  readonly test: readonly Picture[]
}

/**
 * The pictures of a folder to train, validate and test on: its own sets where it has them, and the others with the same
 * shares of every class. They depend on the folder and on the three settings alone, not on the seed: so runs can be
 * compared, and `evaluate` finds what `train` has left aside.
 */
export function splitPictures(
  folder: string,
  found: PictureFolder,
  { train: wanted, validation, test }: Pick<Settings, keyof Splits>,
): Splits {
  const { pictures } = found
  const n = pictures.length
  const tenth = Math.ceil(n / 10)
  const validated = validation ?? found.validation?.length ?? Math.min(tenth, n - 1)
  // Where validation is the folder's own, so is what there is to train on.
  const dealt = found.validation ? 0 : validated
  const left = Math.max(0, n - dealt - (wanted ?? 1))
  const tested = test ?? found.test?.length ?? (found.validation ? 0 : Math.min(tenth, left))
  const held = found.test ? 0 : tested
  const trained = wanted ?? Math.max(1, n - dealt - held)

  const tooFew = (has: number, which: string) =>
    new ConfigError(
      `${folder} has ${has} ${which}images, too few for ${trained} to train on, ${validated} to validate and ${tested} to test`,
    )
  if (found.validation && validated > found.validation.length) throw tooFew(found.validation.length, 'validation ')
  if (found.test && tested > found.test.length) throw tooFew(found.test.length, 'test ')
  if (trained + dealt + held > n) throw tooFew(n, found.validation || found.test ? 'training ' : '')

  const [train = [], others = [], aside = []] = deal(pictures, trained, dealt, held)
  return {
    train,
    validation: found.validation ? deal(found.validation, validated).flat() : others,
    test: found.test ? deal(found.test, tested).flat() : aside,
  }
}

function deal(pictures: readonly Picture[], ...sizes: readonly number[]): Picture[][] {
  const labels = pictures.map(({ label }) => label)
  return stratifiedSplit(labels, sizes, new Random(0)).map((rows) => [...rows].flatMap((i) => pictures.slice(i, i + 1)))
}
