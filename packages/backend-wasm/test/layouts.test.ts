import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Data, FloatDType, Kernels } from '@convkit/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KernelName, Layout, Layouts } from '../src/fields.js'
import { layouts as built } from '../src/generated/layouts.js'
import { kernelIndex, type Modules } from '../src/instance.js'
import { paramsRoom } from '../src/layout.js'
import { createMemory } from '../src/memory.js'
import { compileModules } from '../src/modules.js'
import { createRuntime } from '../src/runtime.js'
import type { Storage } from '../src/storage.js'
import { kernelTables } from '../src/tables.js'
import { startThreads } from '../src/threads.js'
import { isEqual } from './support/backend.js'
import { runEveryKernel } from './support/everyKernel.js'

/** What scripts/assembly.mjs reads off a program. */
interface Read {
  readonly kernels: { readonly [K in KernelName]: string }
  readonly classes: readonly {
    readonly name: string
    readonly base: string | null
    readonly bytes: number
    readonly fields: readonly { readonly name: string; readonly kind: Layout[string][0]; readonly offset: number }[]
  }[]
}

const folder = mkdtempSync(join(tmpdir(), 'convkit-layouts-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function layoutsOf({ kernels, classes }: Read): Layouts {
  const layouts = new Map<string | null, Layout>()
  for (const { name, base, fields } of classes) {
    const own = fields.map(({ name, kind, offset }) => [name, [kind, offset]] as const)
    layouts.set(name, { ...layouts.get(base), ...Object.fromEntries(own) })
  }
  // Object.entries forgets what its keys are.
  return Object.fromEntries(Object.entries(kernels).map(([kernel, name]) => [kernel, layouts.get(name)])) as Layouts
}

/** What every kernel writes, and which were called. */
async function results(
  modules: Modules,
  layouts: Layouts,
  dtype: FloatDType,
): Promise<[readonly Data[], KernelName[]]> {
  const memory = createMemory({ shared: true, limitBytes: 2 ** 26, debug: true })
  const single = await startThreads(memory.wasm, modules, 1)
  const called = new Set<number>()
  // Calls are cut as for two threads, one of which does both parts.
  const threads = {
    ...single,
    count: 2,
    run(...call: Parameters<typeof single.run>) {
      called.add(call[0])
      single.run(...call)
    },
  }
  const runtime = createRuntime(memory, threads, modules, dtype, true, layouts)
  const written = runEveryKernel(kernelTables(runtime) as Kernels<Storage>, memory, dtype)
  const indexOf = kernelIndex(modules, dtype)
  return [written, kernelNames.filter((name) => called.has(indexOf(name)))]
}

const kernelNames = Object.keys(built) as KernelName[]

describe('the places of parameters', () => {
  let permuted: { readonly modules: Modules; readonly read: Read }

  beforeAll(async () => {
    execFileSync(process.execPath, [fileURLToPath(new URL('support/permuted.mjs', import.meta.url)), folder])
    const module = async (dtype: FloatDType) => await WebAssembly.compile(readFileSync(join(folder, `${dtype}.wasm`)))
    const modules = { float32: await module('float32'), float64: await module('float64') }
    permuted = { modules, read: JSON.parse(readFileSync(join(folder, 'layout.json'), 'utf8')) }
  })

  it('have been made from the classes as they stand in assembly/', () => {
    const layouts = layoutsOf(permuted.read)
    for (const name of kernelNames) {
      const kinds = (layout: Layout) => Object.entries(layout).map(([field, [kind]]) => [field, kind])
      expect(kinds(layouts[name]).toSorted(), name).toEqual(kinds(built[name]).toSorted())
      expect(layouts[name], name).not.toEqual(built[name])
    }
    expect(Math.max(...permuted.read.classes.map(({ bytes }) => bytes))).toBeLessThanOrEqual(paramsRoom)
  })

  it.each(['float32', 'float64'] as const)('may be others: every kernel writes the same bits (%s)', async (dtype) => {
    const [expected, called] = await results(await compileModules('simd', 'shared'), built, dtype)
    expect(called).toEqual(kernelNames)
    const [got, calledAgain] = await results(permuted.modules, layoutsOf(permuted.read), dtype)
    expect(calledAgain).toEqual(kernelNames)
    expect(got.map((data, i) => isEqual(data, expected[i])).indexOf(false)).toBe(-1)
  })

  it('matter: a kernel finds nothing where others have been written', async () => {
    const [expected] = await results(permuted.modules, layoutsOf(permuted.read), 'float32')
    const swapped: Layout = { ...built.reluForward, x: built.reluForward.y, y: built.reluForward.x }
    const [got] = await results(await compileModules('simd', 'shared'), { ...built, reluForward: swapped }, 'float32')
    expect(got.every((data, i) => isEqual(data, expected[i]))).toBe(false)
  })
})
