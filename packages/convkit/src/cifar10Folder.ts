import { join } from 'node:path'

/** CIFAR-10's own folder in a data folder; undefined, the user's cache, without one. */
export function cifar10Folder(dataDir: string | undefined): string | undefined {
  return dataDir === undefined ? undefined : join(dataDir, 'cifar10')
}
