import { spawnSync } from 'node:child_process'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { folder } from './support/folder.js'

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const packages = fileURLToPath(new URL('../..', import.meta.url))
const scoped = [
  'api',
  'backend-gpu',
  'backend-naive',
  'backend-wasm',
  'conformance',
  'data',
  'datasets',
  'files',
  'nn',
  'onnx',
]
const entries = ['convkit', ...scoped.map((name) => `@convkit/${name}`), '@convkit/nn/onnx']
let consumer: string

beforeAll(async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, example = ''] = /```ts example\.ts\n([\s\S]*?)```/.exec(readme) ?? []
  expect(example).toContain('new Solver')
  consumer = await folder({
    'package.json': JSON.stringify({ type: 'module' }),
    'example.ts': `declare const console: { log(...values: unknown[]): void }\n${example}`,
    ...Object.fromEntries(entries.map((name, i) => [`${i}.ts`, `export * as all from '${name}'\n`])),
  })
  await mkdir(join(consumer, 'node_modules/@convkit'), { recursive: true })
  await symlink(join(packages, 'convkit'), join(consumer, 'node_modules/convkit'))
  for (const name of scoped) await symlink(join(packages, name), join(consumer, 'node_modules/@convkit', name))
})

function compile(lib: string, moduleResolution: string, file: string): string {
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution
  const flags = [
    ...['--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
    ...['--skipLibCheck', 'false', '--types', '', '--target', 'es2022', '--lib', lib],
    ...['--module', module, '--moduleResolution', moduleResolution],
  ]
  return spawnSync(process.execPath, [tsc, ...flags, file], { cwd: consumer, encoding: 'utf8' }).stdout
}

// One at a time: what one package declares another must not need.
it.each(entries.map((name, i) => [name, `${i}.ts`]))("%s's declarations need neither DOM nor Node", (_, file) => {
  expect(compile('es2022', 'node16', file)).toBe('')
})

it.each(['node16', 'bundler'])("README's example compiles under strict settings: %s", (moduleResolution) => {
  for (const lib of ['es2022', 'es2022,dom']) expect(compile(lib, moduleResolution, 'example.ts')).toBe('')
})
