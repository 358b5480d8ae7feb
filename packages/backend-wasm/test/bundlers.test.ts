import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import * as vite from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WasmOptions } from '../src/index.js'
import { type Consumer, makeConsumer, rightTotal, wasmFolder } from './support/consumer.js'

let consumer: Consumer
/** Far from the consumer and its packages. */
let out: string
let warnings: string[]

beforeAll(async () => {
  consumer = await makeConsumer({
    'main.js': `
import { sum } from './sum.js'
sum(JSON.parse(process.argv[2])).then(
  (result) => console.log(JSON.stringify(result)),
  (error) => console.log(JSON.stringify({ error: error.name + ': ' + error.message })),
)`,
    // Everything in one file: modules and the workers' script are bytes in it.
    'whole.js': `
import plain32 from '@convkit/backend-wasm/wasm/float32-simd-plain.wasm'
import plain64 from '@convkit/backend-wasm/wasm/float64-simd-plain.wasm'
import shared32 from '@convkit/backend-wasm/wasm/float32-simd-shared.wasm'
import shared64 from '@convkit/backend-wasm/wasm/float64-simd-shared.wasm'
import script from '@convkit/backend-wasm/wasm/worker.mjs'
import { sum } from './sum.js'
const files = {
  'float32-simd-plain.wasm': plain32,
  'float64-simd-plain.wasm': plain64,
  'float32-simd-shared.wasm': shared32,
  'float64-simd-shared.wasm': shared64,
  'worker.mjs': script,
}
const options = { ...JSON.parse(process.argv[2]), fma: false, wasmBinary: (file) => files[file] }
sum(options).then((result) => console.log(JSON.stringify(result)))`,
  })
  out = await mkdtemp(join(tmpdir(), 'convkit-bundles-'))
  await cp(wasmFolder(consumer), join(out, 'kernels'), { recursive: true })
  const shared: esbuild.BuildOptions = {
    absWorkingDir: consumer.root,
    bundle: true,
    platform: 'node',
    target: 'node20',
  }
  const [esm, cjs, whole] = await Promise.all([
    esbuild.build({ ...shared, entryPoints: ['main.js'], format: 'esm', outfile: join(out, 'esbuild.mjs') }),
    esbuild.build({
      ...shared,
      entryPoints: ['main.js'],
      format: 'cjs',
      outfile: join(out, 'esbuild.cjs'),
    }),
    esbuild.build({
      ...shared,
      entryPoints: ['whole.js'],
      format: 'esm',
      loader: { '.wasm': 'binary', '.mjs': 'binary' },
      outfile: join(out, 'whole.mjs'),
    }),
    vite.build({
      configFile: false,
      root: consumer.root,
      logLevel: 'error',
      ssr: { noExternal: true },
      build: {
        ssr: 'main.js',
        outDir: out,
        emptyOutDir: false,
        rolldownOptions: { output: { entryFileNames: 'vite.mjs' } },
      },
    }),
  ])
  warnings = [esm, cjs, whole].flatMap((built) => built.warnings.map(({ text }) => text))
})

afterAll(async () => {
  await consumer?.[Symbol.asyncDispose]()
  await rm(out, { recursive: true, force: true })
})

it('esbuild has nothing to complain of but that CommonJS has no address', () => {
  expect(warnings.filter((text) => !text.startsWith('"import.meta" is not available'))).toEqual([])
})

function run(bundle: string, options: WasmOptions): { total?: number; description?: string; error?: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [join(out, bundle), JSON.stringify(options)], {
    cwd: tmpdir(),
    encoding: 'utf8',
  })
  expect(stderr.slice(-500)).toBe('')
  return JSON.parse(stdout)
}

describe.each(['esbuild.mjs', 'esbuild.cjs', 'vite.mjs'])('a bundle for Node: %s', (bundle) => {
  it.each([1, 2])('computes on %i of two threads, with its modules where wasmUrl says', (threads) => {
    const { total, description } = run(bundle, { threads, wasmUrl: join(out, 'kernels') })
    expect(total).toBe(rightTotal)
    expect(description).toContain(`, ${threads} thread${threads === 1 ? '' : 's'}, Node`)
  })

  it('without its modules says which option names their place', () => {
    expect(run(bundle, { threads: 1 }).error).toMatch(
      /^ConfigError: wasm: cannot load .*float(32|64)-.*-plain\.wasm.*; the option wasmUrl says where the folder wasm\/ .* is$/,
    )
  })
})

it.each([1, 2])('a bundle that holds everything computes on %i of two threads', (threads) => {
  const { total, description } = run('whole.mjs', { threads })
  expect(total).toBe(rightTotal)
  expect(description).toContain(`, ${threads} thread${threads === 1 ? '' : 's'}, Node`)
})
