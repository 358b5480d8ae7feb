import { readFileSync } from 'node:fs'
import {
  definitions,
  type KernelInfo,
  type KernelName,
  kernelNames,
  kernelsOf,
  type LayerDefinition,
  type Method,
} from '@convkit/api'

// The fields of dims, which are types alone, are read as text: their interfaces have one form, which the formatter keeps.
const source = new URL('../src/', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, source), 'utf8')
const comment = String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?`

function prose(text: string): string {
  return text
    .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

interface Dims {
  readonly doc: string
  readonly fields: readonly { readonly name: string; readonly type: string }[]
}

/** The dims that a file declares, those that it inherits first; else those of the definition that it is made from. */
function dimsIn(file: string): Dims {
  const text = read(file)
  const declared = new RegExp(`${comment}export interface \\w+Dims(?: extends (\\w+))? \\{\n([\\s\\S]*?)\n\\}`).exec(
    text,
  )
  if (!declared) {
    const [, from = ''] =
      /from '\.\.?\/(window|define(?:Activation|Update|Loss|ElementLoss))\.js'/.exec(text) ??
      /from '\.\/(\w+)\.js'/.exec(text) ??
      []
    return dimsIn(/^(window|define)/.test(from) ? `${from}.ts` : `definitions/${from}.ts`)
  }
  const [, doc = '', base, body = ''] = declared
  const inherited = base === undefined ? null : dimsIn('window.ts')
  const own = Array.from(body.matchAll(/readonly (\w+): (\w+)/g), ([, name = '', type = '']) => ({ name, type }))
  return { doc: prose(doc) || (inherited?.doc ?? ''), fields: [...(inherited?.fields ?? []), ...own] }
}

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

function call({ method, scalars, operands }: KernelInfo): string {
  return `${method}(${['d', ...(scalars.length > 0 ? ['s'] : []), ...operands].join(', ')})`
}

function section(layer: KernelName): string[] {
  const { notation, methods }: LayerDefinition = definitions[layer]
  const named: { readonly [name: string]: Method<never> } = methods
  const { doc, fields } = dimsIn(`definitions/${layer}.ts`)
  const dims = fields.map(({ name, type }) => `\`${name}\`${type === 'number' ? '' : ` (${type})`}`).join(', ')
  const formulas = kernelsOf(layer).map(({ method, scalars }) => {
    const formula = prose(named[method]?.formula ?? '')
    const fed = scalars.length > 0 ? ` \`s\` has ${code(scalars)}.` : ''
    return `- **${method}**: ${formula}${formula.endsWith('.') ? '' : '.'}${fed}`
  })
  return [
    `## ${layer}`,
    '',
    ...(notation ? [prose(notation), ''] : []),
    `\`d\` has ${dims}. ${doc}`,
    '',
    '| call | reads | updates | overwrites | may be null |',
    '| --- | --- | --- | --- | --- |',
    ...kernelsOf(layer).map((kernel) => {
      const { reads, updates, writes, optional } = kernel
      return `| \`${call(kernel)}\` | ${[reads, updates, writes, optional].map(code).join(' | ')} |`
    }),
    '',
    ...formulas,
    '',
  ]
}

/** docs/kernels.md */
export function kernelTable(): string {
  return [
    '# Kernels',
    '',
    'Every kernel that a backend may have, for whoever writes one without an editor that shows the types. Generated from',
    '`packages/api/src/definitions`: `npx pnpm test -u kernelTable` in `packages/api` writes it anew.',
    '',
    'A kernel is called with `d`, the dims, then with `s`, the scalars, where it has any, then with storages, in the order of',
    'the call below. Dims are whole numbers, checked before they get here, and may be compiled into a program; scalars are',
    'numbers, and fed at every call. In formulas sh, sw, dh, dw, pt and pl are the strides, dilations, and pads at top and left.',
    'Storages hold contiguous numbers of the dtype of the table, row-major, images as (N, C, H, W); labels are int32. What a',
    'kernel reads it leaves as it is; what it updates it reads and overwrites; what it overwrites may hold anything before. A',
    'storage that may be null is not given, or not wanted. A kernel returns nothing: whatever it queues, `read` waits for.',
    '',
    ...kernelNames.flatMap(section),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}
