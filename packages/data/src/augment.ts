import type { Dataset } from './dataset.js'
import type { Random } from './random.js'

/** Which images an augmentation gets, and when. */
export interface AugmentPlace {
  /** The row of the data set of each image. */
  readonly rows: Int32Array
  /** Epochs completed. */
  readonly epoch: number
}

/**
 * A change to a batch of images (N, C, H, W) that keeps its shape: a new array, the input untouched. All that is random in
 * it comes from `random`. A checkpoint tells one of your own from another by its name and code, and does not see the
 * variables that the code reads: `defineAugment` names them.
 */
export type Augment = (
  images: Float32Array,
  shape: Dataset['shape'],
  random: Random,
  place: AugmentPlace,
) => Float32Array

/** What an augmentation does, in words that a checkpoint keeps: its `name`, and all the values that it depends on. */
export interface AugmentDescription {
  readonly name: string
  readonly options?: { readonly [name: string]: number | string | boolean }
}

/** The code of the parts of an augmentation that are not the library's. */
const foreign = new WeakMap<Augment, string>()

/** The code of an augmentation, less the parts that the library's own functions made: those are told by name. */
export function augmentCode(augment: Augment): string {
  return foreign.get(augment) ?? String(augment)
}

/** An augmentation of one's own with a description, so that a run is not resumed with other values: `brighten(most=0.2)`. */
export function defineAugment(description: AugmentDescription, augment: Augment): Augment {
  const code = String(augment)
  const own: Augment = (...batch) => augment(...batch)
  return described(description, own, code)
}

/** The same of the library's, which are known without their code. */
export function described(description: AugmentDescription, augment: Augment, code = ''): Augment {
  const options = Object.entries(description.options ?? {}).map(([name, value]) => `${name}=${value}`)
  const name = options.length > 0 ? `${description.name}(${options.join(',')})` : description.name
  foreign.set(augment, code)
  return Object.defineProperty(augment, 'name', { value: name })
}

/** One augmentation after another, first to last. */
export function compose(...augments: readonly Augment[]): Augment {
  return described(
    { name: augments.map(({ name }) => name).join(' + ') },
    (images, ...batch) => augments.reduce((result, augment) => augment(result, ...batch), images),
    augments.map(augmentCode).join(''),
  )
}
