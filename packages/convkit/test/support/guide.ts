import { spawnSync } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folder } from './folder.js'

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const strictness = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
const packages = fileURLToPath(new URL('../../..', import.meta.url))

/** The named code blocks of a page of docs/: pieces of one name make one file. */
export async function codeOf(page: string): Promise<{ readonly [file: string]: string }> {
  const guide = await readFile(join(packages, '../docs', page), 'utf8')
  const files: { [file: string]: string } = {}
  for (const [, name = '', code = ''] of guide.matchAll(/```ts (\S+)\n([\s\S]*?)```/g))
    files[name] = `${files[name] ?? ''}${code}`
  return files
}

export interface Consumer {
  readonly path: string
  /** Compiles the TypeScript files, with all strictness but `without`, to modules beside them; what the compiler says. */
  compile(...without: readonly string[]): string
  /** Runs a module; all that it prints. */
  run(module: string): string
}

/** A folder outside the workspace with these files, in which packages are found where a stranger's are. */
export async function consumerOf(
  files: { readonly [file: string]: string | Uint8Array },
  installed: { readonly [name: string]: string },
): Promise<Consumer> {
  const path = await folder({ ...files, 'package.json': JSON.stringify({ type: 'module' }) })
  for (const [name, target] of Object.entries(installed)) {
    const link = join(path, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(packages, target), link)
  }
  const node = (...args: readonly string[]) => {
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: path, encoding: 'utf8' })
    return stdout + stderr
  }
  return {
    path,
    compile: (...without) =>
      node(
        ...[tsc, '--ignoreConfig', '--skipLibCheck', '--types', '', '--target', 'es2022', '--lib', 'es2022,dom'],
        ...['--module', 'node16', ...strictness.filter((flag) => !without.includes(flag))],
        ...Object.keys(files).filter((name) => name.endsWith('.ts')),
      ),
    run: (module) => node(module),
  }
}
