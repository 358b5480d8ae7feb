import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DataError } from '@convkit/api'
import { holdsCifar10 } from '@convkit/datasets'

/** Where `data fetch` puts CIFAR-10 in a data folder; undefined, the user's cache, without one. */
export function cifar10Folder(dataDir: string | undefined): string | undefined {
  return dataDir === undefined ? undefined : join(dataDir, 'cifar10')
}

/**
 * Where CIFAR-10 is read from: the data folder itself where it holds any form of it.
 *
 * Errors: `DataError` for a data folder that is not there: a mistyped name must not start a download.
 */
export async function foundCifar10(dataDir: string | undefined): Promise<string | undefined> {
  const folder = cifar10Folder(dataDir)
  if (dataDir === undefined || folder === undefined) return undefined
  if (!(await stat(dataDir).catch(() => null)))
    throw new DataError(
      `--data-dir: there is no ${dataDir}; to fetch CIFAR-10 into it, run \`convkit data fetch --data-dir ${dataDir}\``,
    )
  return !(await holdsCifar10(folder)) && (await holdsCifar10(dataDir)) ? dataDir : folder
}

/** Throws `DataError` where neither the data folder nor the one that it would be in is there: a mistyped name. */
export async function checkDataDir(dataDir: string): Promise<void> {
  const parent = dirname(resolve(dataDir))
  if (!(await stat(parent).catch(() => null)))
    throw new DataError(`--data-dir: cannot make ${dataDir}: ${parent}: there is no such folder`)
}
