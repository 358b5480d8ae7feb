// The files of src/generated/, by what `compileAssembly` read off the program.
const title = '// Made from assembly/ by `npm run build`; do not edit.\n'
const types = { i32: 'Count', address: 'AddressField', flag: 'boolean', f64: 'Scalar', vector: 'Scalar' }

export function generated(layout) {
  return {
    'src/generated/params.ts': params(layout),
    'src/generated/layouts.ts': layouts(layout),
    'src/generated/constants.ts': constants(layout),
  }
}

/** An interface for every class of parameters, and which kernel takes which. */
function params({ classes, kernels }) {
  return [
    `${title}import type { AddressField, Count, Scalar } from '../storage.js'\n`,
    ...classes.map(({ name, base, doc, fields }) => {
      const lines = fields.flatMap((field) => [
        ...(field.doc ? [indented(field.doc)] : []),
        `  readonly ${field.name}: ${types[field.kind]}`,
      ])
      return `${doc ? `${doc}\n` : ''}export interface ${name}${base ? ` extends ${base}` : ''} {\n${lines.join('\n')}\n}\n`
    }),
    `/** What each kernel is called with. */\nexport interface KernelParams {\n${Object.entries(kernels)
      .map(([kernel, name]) => `  readonly ${kernel}: ${name}\n`)
      .join('')}}\n`,
  ].join('\n')
}

/** Where every field stands. */
function layouts({ classes, kernels }) {
  return [
    `${title}import type { Layout, Layouts } from '../fields.js'\n`,
    ...classes.map(({ name, base, fields }) => {
      const lines = [
        ...(base ? [`...${lower(base)}`] : []),
        ...fields.map((field) => `${field.name}: ['${field.kind}', ${field.offset}]`),
      ]
      return `const ${lower(name)}: Layout = {\n${lines.map((line) => `  ${line},\n`).join('')}}\n`
    }),
    `export const layouts: Layouts = {\n${Object.entries(kernels)
      .map(([kernel, name]) => `  ${kernel === lower(name) ? kernel : `${kernel}: ${lower(name)}`},\n`)
      .join('')}}\n`,
  ].join('\n')
}

function constants({ classes, constants }) {
  return [
    title,
    ...constants.map(({ name, value, doc }) => `${doc ? `${doc}\n` : ''}export const ${camel(name)} = ${value}\n`),
    `/** Of the largest class of parameters. */\nexport const paramsBytes = ${Math.max(...classes.map(({ bytes }) => bytes))}\n`,
  ].join('\n')
}

function indented(text) {
  return text.replace(/^/gm, '  ')
}

function lower(name) {
  return name[0].toLowerCase() + name.slice(1)
}

/** TILE_ROWS: tileRows */
function camel(name) {
  return name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase())
}
