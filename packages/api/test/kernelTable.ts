import { readdirSync, readFileSync } from 'node:fs'
import { type Signature, signatures } from '@convkit/api'

// What the sources say, read as text: the interfaces have one form, which the formatter keeps.
const source = new URL('../src/', import.meta.url)
const text = ['', 'layers/', 'sandwiches/', 'updates/']
  .flatMap((folder) => readdirSync(new URL(folder, source)).map((file) => `${folder}${file}`))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(new URL(file, source), 'utf8'))
  .join('\n')

const comment = String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?`

interface Declared {
  readonly doc: string
  readonly bases: readonly string[]
  readonly body: string
}

const interfaces = new Map<string, Declared>(
  Array.from(
    text.matchAll(
      new RegExp(`${comment}export interface (\\w+)(?:<S>)?(?: extends ([^{]+))? \\{\n([\\s\\S]*?)\n\\}`, 'g'),
    ),
    ([, doc = '', name = '', bases = '', body = '']) => [name, { doc: prose(doc), bases: bases.split(', '), body }],
  ),
)
const aliases = new Map(
  Array.from(text.matchAll(/export type (\w+) = (\w+)\n/g), ([, name = '', of = '']) => [name, of]),
)

function prose(doc: string): string {
  return doc
    .replaceAll(/\s*\n\s*\*\s*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function declared(type: string): Declared {
  const name = type.replace(/<.*/, '')
  const found = interfaces.get(aliases.get(name) ?? name)
  if (!found) throw new Error(`no interface ${type} in packages/api/src`)
  return found
}

interface Field {
  readonly name: string
  readonly type: string
  readonly doc: string
}

/** The fields of dims or scalars, those it inherits first. */
function fieldsOf(type: string): Field[] {
  return type.split(' & ').flatMap((part) => {
    const { bases, body } = part.startsWith('{') ? { bases: [''], body: part.slice(1, -1) } : declared(part)
    const own = body.matchAll(new RegExp(`${comment}readonly (\\w+): (\\w+)`, 'g'))
    return [
      ...bases.filter(Boolean).flatMap(fieldsOf),
      ...Array.from(own, ([, doc = '', name = '', type = '']) => ({ name, type, doc: prose(doc) })),
    ]
  })
}

/** What is said of a type, or of the first that it extends. */
function docOf(type: string): string {
  const { doc, bases } = declared(type)
  return doc || (bases[0] ? docOf(bases[0]) : '')
}

interface Method {
  readonly doc: string
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
}

function methodOf(table: string, method: string): Method {
  const { bases, body } = declared(table)
  const [, doc = '', parameters] = new RegExp(`${comment}\\b${method}\\??\\(([^)]*)\\): Queued`).exec(body) ?? []
  if (parameters === undefined) {
    const [base] = bases.filter((base) => !base.startsWith('Refusable'))
    if (!base) throw new Error(`${table} has no method ${method}`)
    return methodOf(base, method)
  }
  const list = parameters.split(/,\s*(?=\w+:)/).map((part) => part.trim().replace(/,$/, ''))
  return {
    doc: prose(doc),
    parameters: list.map((part) => {
      const [name = '', ...type] = part.split(': ')
      return { name, type: type.join(': ') }
    }),
  }
}

function tableOf(layer: string): string {
  const [, table] = new RegExp(`\n {2}${layer}\\??: (\\w+)<S>\n`).exec(text) ?? []
  if (!table) throw new Error(`Kernels has no line for ${layer}`)
  return table
}

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

/** `n`, `inC`, `countIncludePad` (boolean) */
function spelled(fields: readonly Field[]): string {
  return fields.map(({ name, type }) => `\`${name}\`${type === 'number' ? '' : ` (${type})`}`).join(', ')
}

function notes(fields: readonly Field[]): string {
  return fields
    .filter(({ doc }) => doc)
    .map(({ name, doc }) => ` \`${name}\` is ${doc.charAt(0).toLowerCase()}${doc.slice(1).replace(/\.$/, '')}.`)
    .join('')
}

function section(layer: string, methods: { readonly [method: string]: Signature }): string[] {
  const table = tableOf(layer)
  const all = Object.entries(methods).map(([name, signature]) => ({ name, signature, ...methodOf(table, name) }))
  const dims = all[0]?.parameters[0]?.type ?? ''
  const rows = all.map(({ name, signature, parameters }) => {
    const { reads, updates = [], writes = [], optional = [] } = signature
    return `| \`${name}(${parameters.map(({ name }) => name).join(', ')})\` | ${[reads, updates, writes, optional].map(code).join(' | ')} |`
  })
  const formulas = all.map(({ name, parameters, doc }) => {
    const scalars = parameters.find(({ name }) => name === 's')
    const fields = scalars ? fieldsOf(scalars.type) : []
    const fed = scalars ? ` \`s\` has ${spelled(fields)}.${notes(fields)}` : ''
    return `- **${name}**: ${doc}${doc.endsWith('.') || doc === '' ? '' : '.'}${fed}`
  })
  const above = declared(table).doc
  return [
    `## ${layer}`,
    '',
    ...(above ? [above, ''] : []),
    `\`d\` has ${spelled(fieldsOf(dims))}. ${docOf(dims)}`,
    '',
    '| call | reads | updates | overwrites | may be null |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...formulas,
    '',
  ]
}

/** The order of a kernel's arguments as its interface declares it: `d`, `s` where there are scalars, then storages. */
export function declaredOrder(layer: string, method: string): string[] {
  return methodOf(tableOf(layer), method).parameters.map(({ name }) => name)
}

/** docs/kernels.md */
export function kernelTable(): string {
  return [
    '# Kernels',
    '',
    'Every kernel that a backend may have, for whoever writes one without an editor that shows the types. Generated from',
    '`packages/api/src`: `npx pnpm test -u kernelTable` in `packages/api` writes it anew.',
    '',
    'A kernel is called with `d`, the dims, then with `s`, the scalars, where it has any, then with storages, in the order of',
    'the call below. Dims are whole numbers, checked before they get here, and may be compiled into a program; scalars are',
    'numbers, and fed at every call. In formulas sh, sw, dh, dw, pt and pl are the strides, dilations, and pads at top and left.',
    'Storages hold contiguous numbers of the dtype of the table, row-major, images as (N, C, H, W); labels are int32. What a',
    'kernel reads it leaves as it is; what it updates it reads and overwrites; what it overwrites may hold anything before. A',
    'storage that may be null is not given, or not wanted. A kernel returns nothing: whatever it queues, `read` waits for.',
    '',
    ...Object.entries(signatures).flatMap(([layer, methods]) => section(layer, methods)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}
