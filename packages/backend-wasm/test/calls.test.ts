import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import type { FieldKind } from '../src/fields.js'
import { layouts } from '../src/generated/layouts.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const folder = mkdtempSync(join(tmpdir(), 'convkit-calls-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A value of every kind, by its name in the program below, and one of another kind. */
const values: { readonly [K in FieldKind]: { readonly right: string; readonly wrong: string } } = {
  i32: { right: 'count', wrong: 'address' },
  address: { right: 'address', wrong: 'count' },
  flag: { right: 'flag', wrong: 'count' },
  f64: { right: 'scalar', wrong: 'address' },
  vector: { right: 'scalar', wrong: 'address' },
}

interface Call {
  readonly kernel: string
  readonly what: string
  readonly params: string
}

const kernels = Object.entries(layouts).map(([kernel, layout]) => ({
  kernel,
  fields: Object.entries(layout).map(([name, [kind]]) => ({ name, ...values[kind] })),
}))

/** A call of every kernel whose fields are `change`d, as often as it says. */
function calls(change: (fields: readonly Field[]) => readonly { what: string; params: string }[]): Call[] {
  return kernels.flatMap(({ kernel, fields }) => change(fields).map((call) => ({ kernel, ...call })))
}

type Field = (typeof kernels)[number]['fields'][number]

function literal(fields: readonly Field[]): string {
  return `{ ${fields.map(({ name, right }) => `${name}: ${right}`).join(', ')} }`
}

/** The calls for which the compiler finds nothing to say. */
function compiling(calls: readonly Call[]): readonly Call[] {
  const head = `
    import type { Address } from '${root}src/storage.js'
    import type { Runtime, Work } from '${root}src/runtime.js'
    declare const { run }: Runtime
    declare const [work, address, count, scalar, flag]: [Work, Address, number, number, boolean]
  `.split('\n')
  const lines = calls.map(({ kernel, params }) => `run('${kernel}', work, ${params})`)
  writeFileSync(join(folder, 'calls.ts'), [...head, ...lines].join('\n'))
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['calls.ts'] }),
  )
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
  const errors = [...stdout.matchAll(/^(\S.*?)\((\d+),\d+\): error/gm)]
  expect(errors.filter(([, file]) => !file.endsWith('calls.ts'))).toEqual([])
  const refused = new Set(errors.map(([, , line]) => Number(line) - 1 - head.length))
  expect([...refused].filter((call) => call < 0)).toEqual([])
  return calls.filter((_, i) => !refused.has(i))
}

describe('a call of a kernel', () => {
  it('compiles with all of its fields, in whatever order, and with a null for an address', () => {
    const right = calls((fields) => [
      { what: 'as it is', params: literal(fields) },
      { what: 'in another order', params: literal(fields.toReversed()) },
      { what: 'spread', params: `{ ...${literal(fields.slice(1))}, ${fields[0].name}: ${fields[0].right} }` },
      ...fields
        .filter(({ right }) => right === 'address')
        .map(({ name }) => ({ what: `${name}: null`, params: `{ ...${literal(fields)}, ${name}: null }` })),
    ])
    expect(compiling(right)).toEqual(right)
  })

  it('does not compile with a field left out or misspelt, whichever it is', () => {
    const wrong = calls((fields) =>
      fields.flatMap(({ name, right }) => {
        const others = fields.filter((field) => field.name !== name)
        return [
          { what: `without ${name}`, params: literal(others) },
          { what: `${name} misspelt`, params: `{ ...${literal(others)}, ${name}_: ${right} }` },
        ]
      }),
    )
    expect(compiling(wrong)).toEqual([])
  })

  it('does not compile with a field that its kernel has not', () => {
    const wrong = calls((fields) => [
      { what: 'one more', params: `{ ...${literal(fields)}, another: count }` },
      { what: 'one more, spread', params: `{ ...${literal(fields)}, ...{ another: count } }` },
    ])
    expect(compiling(wrong)).toEqual([])
  })

  it('does not compile with an address for a number, or a number for an address or a flag', () => {
    const wrong = calls((fields) =>
      fields.map(({ name, wrong }) => ({
        what: `${name}: ${wrong}`,
        params: `{ ...${literal(fields)}, ${name}: ${wrong} }`,
      })),
    )
    expect(compiling(wrong)).toEqual([])
  })

  it('does not compile for a kernel that there is not', () => {
    expect(compiling([{ kernel: 'conv2dWindograd', what: 'misspelt', params: '{}' }])).toEqual([])
  })
})
