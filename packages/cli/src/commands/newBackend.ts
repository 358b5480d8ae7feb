import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { ConfigError } from '@convkit/api'
import { clearPartials, makeFolder, reasonOf, writeWholeFiles } from '@convkit/files'
import { z } from 'zod'
import { newBackendFiles } from '../newBackend.js'
import { print } from '../terminal.js'

export function newBackendCommand(): CommandUnknownOpts {
  return new Command('new-backend')
    .summary('start a backend of your own')
    .description('Write a package with a working backend of four functions, its conformance command and its tests.')
    .argument('<dir>', 'a folder that is empty or not there yet; its name becomes the package’s')
    .addHelpText(
      'after',
      `
Examples:
  convkit new-backend my-backend`,
    )
    .action(async (dir) => {
      const name = basename(resolve(dir))
      if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
        throw new ConfigError(
          `${dir}: expected a name of small letters, digits, - . and _, got ${JSON.stringify(name)}`,
        )
      await makeFolder(dir).catch((cause: unknown) => {
        throw new ConfigError(`${dir}: cannot be made: ${reasonOf(cause)}`, { cause })
      })
      const files = Object.entries(newBackendFiles(name, await version())).map(
        ([file, content]) => [join(dir, file), content] as const,
      )
      for (const [path] of files) await clearPartials(path)
      const [first] = await readdir(dir)
      if (first !== undefined) throw new ConfigError(`${dir}: expected an empty folder, it holds ${first}`)
      await writeWholeFiles(Object.fromEntries(files))
      for (const [path] of files) print(path)
      print(`\nnext: cd ${dir} && npm install && npm run conformance`)
    })
}

async function version(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  return z.object({ version: z.string() }).parse(manifest).version
}
