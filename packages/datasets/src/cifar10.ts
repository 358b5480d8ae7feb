import { join } from 'node:path'
import { checkOptions, checkSwitches, type OptionNames } from '@convkit/api'
import envPaths from 'env-paths'
import { type BatchFile, inspect, inspectForm, isPresent } from './cache.js'
import { type FetchOptions, fetchRelease } from './fetch.js'
import { loadRelease, type SplitOptions, type Splits } from './load.js'
import { cifar10Release } from './release.js'
import { checkParent, findForm, findLocal, isLocal } from './source.js'

/** The classes of CIFAR-10, by label. */
export const cifar10ClassNames: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
]

export interface FetchCifar10Options extends FetchOptions {
  /** The folder of the batches; by default `cifar10` in `CONVKIT_DATA_DIR`, or else in the user's cache folder. */
  readonly dir?: string | undefined
}

const fetchOptions: OptionNames<FetchCifar10Options> = {
  dir: true,
  from: true,
  force: true,
  onProgress: true,
  signal: true,
}

/** CIFAR-10's batches on disk. */
export interface Cifar10Info {
  readonly dir: string
  readonly files: readonly BatchFile[]
  /** Whether every file is there with the md5 it was published with. */
  readonly ok: boolean
}

/**
 * What there is of CIFAR-10 in `dir`: which files, their sizes, and whether they are as published. `dir` may hold it, or be
 * it, in any other form that `fetchCifar10` takes: then its batches are held to what was published in the binary form.
 */
export async function cifar10Info(dir: string = defaultDir()): Promise<Cifar10Info> {
  const local = (await isPresent(cifar10Release, dir)) ? null : await findForm(cifar10Release, dir)
  return describe(dir, await (local ? inspectForm(cifar10Release, dir, local) : inspect(cifar10Release, dir)))
}

/**
 * Makes sure that CIFAR-10's six binary batches are in the cache folder, as published (md5). What is fetched is written
 * beside them and moved into place only when all of it is right; of two processes the second waits for the first.
 *
 * Errors: `DataError` when it cannot be fetched, the packages that download it not being installed among the reasons, or is
 * not CIFAR-10; the abort reason when `signal` aborts.
 */
export async function fetchCifar10(given: FetchCifar10Options = {}): Promise<Cifar10Info> {
  const { dir = defaultDir(), ...options } = checkOptions('fetchCifar10', given, fetchOptions)
  checkSwitches('fetchCifar10', { force: options.force })
  return describe(dir, await fetchRelease(cifar10Release, dir, options))
}

export interface LoadCifar10Options extends SplitOptions, FetchCifar10Options {}

const loadOptions: OptionNames<LoadCifar10Options> = {
  ...fetchOptions,
  train: true,
  validation: true,
  test: true,
  subtractMean: true,
}

/**
 * CIFAR-10 as CS231n's assignment 2 takes it: images (N, 3, 32, 32), pixels 0..255 less the mean training image. `dir` may
 * also hold it in any other form that `fetchCifar10` takes. The data set is fetched first if there is none.
 *
 * Errors: `DataError` naming a batch that is not as published, or a `dir` that cannot be meant: neither it nor the folder
 * that it would be in is there; `ConfigError` for more images than there are.
 */
export async function loadCifar10(given: LoadCifar10Options = {}): Promise<Splits> {
  const { dir: own, ...options } = checkOptions('loadCifar10', given, loadOptions)
  checkSwitches('loadCifar10', { force: options.force, subtractMean: options.subtractMean })
  const dir = own ?? defaultDir()
  if (own !== undefined && !options.force) {
    await checkParent(
      dir,
      'nothing is downloaded into it. To make it, run `convkit data fetch --data-dir` with its name',
    )
    const local = (await isPresent(cifar10Release, dir)) ? null : await findLocal(cifar10Release, dir)
    if (local) return loadRelease(cifar10Release, local, cifar10ClassNames, options)
  }
  // A damaged file is an error, not a reason to download: it may be the user's own.
  if (options.force || !(await isPresent(cifar10Release, dir))) await fetchRelease(cifar10Release, dir, options)
  return loadRelease(cifar10Release, dir, cifar10ClassNames, options)
}

/** Whether `dir` holds CIFAR-10, in any form that is read. */
export async function holdsCifar10(dir: string): Promise<boolean> {
  return isLocal(cifar10Release, dir)
}

const defaultDir = (): string =>
  join(process.env.CONVKIT_DATA_DIR || envPaths('convkit', { suffix: '' }).cache, 'cifar10')

const describe = (dir: string, files: readonly BatchFile[]): Cifar10Info => ({
  dir,
  files,
  ok: files.every(({ state }) => state === 'ok'),
})
