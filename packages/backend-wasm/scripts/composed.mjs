// The kernels of everything that has a composition in @convkit/api: in AssemblyScript, and how the host calls them.
import { allKernels, isComposed, operationsOf } from '@convkit/api'

const title = '// Made from the compositions of @convkit/api by `npm run build`; do not edit.\n'
const nanosecondsAnOperation = 0.1

/** Of files by their paths. */
export function composedFiles() {
  const kernels = allKernels.filter(isComposed)
  return {
    'assembly/generated/composed.ts': assembly(kernels),
    'src/generated/composed.ts': host(kernels),
  }
}

/** `geluForward` */
function nameOf({ layer, method }) {
  return layer + upper(method)
}

function assembly(kernels) {
  return [
    `${title}import { exp } from '../lib/exp'\nimport { log1p } from '../lib/log1p'\nimport { LINE, SHIFT } from '../lib/simd'\nimport { flushed } from '../lib/subnormal'\nimport { tanh } from '../lib/tanh'\n`,
    ...kernels.map(classOf),
    ...kernels.map(functionOf),
  ].join('\n')
}

function classOf(kernel) {
  const { scalars, operands } = kernel
  const fields = [...scalars.map((name) => `${name}: v128`), 'size: i32', ...operands.map((name) => `${name}: usize`)]
  return `@unmanaged\nclass ${upper(nameOf(kernel))} {\n${fields.map((field) => `  ${field}\n`).join('')}}\n`
}

function functionOf(kernel) {
  const { name, scalars, reads, updates, writes, composition } = kernel
  const { lines, operations } = statements()
  const loaded = [...reads, ...updates]
  const results = composition(operations, (operand) => operand)
  return `/** ${name}. Units of 64 bytes. */
export function ${nameOf(kernel)}(from: i32, to: i32, thread: i32, p: ${upper(nameOf(kernel))}): void {
  const end = min(to * LINE, p.size << SHIFT)
${scalars.map((scalar) => `  const ${scalar} = p.${scalar}\n`).join('')}  for (let i = from * LINE; i < end; i += 16) {
${[
  ...loaded.map((operand) => `const ${operand} = v128.load(p.${operand} + i)`),
  ...lines,
  ...[...updates, ...writes].map((output) => `v128.store(p.${output} + i, ${stored(kernel, output, results[output])})`),
]
  .map((line) => `    ${line}\n`)
  .join('')}  }
}
`
}

/** State of optimizers decays, and subnormal numbers are slow. */
function stored({ updates }, output, value) {
  return updates.includes(output) && output !== 'w' ? `flushed(${value})` : value
}

/** Operations that add a line for each result that is not there yet, and give its name. */
function statements() {
  const lines = []
  const known = new Map()
  const negated = new Map()
  const line = (text) => {
    const name = known.get(text) ?? `t${known.size}`
    if (!known.has(text)) lines.push(`const ${name} = ${text}`)
    known.set(text, name)
    return name
  }
  const constant = (value) => line(`v128.splat<real>(<real>(${value}))`)
  const two = (op) => (a, b) => line(`v128.${op}<real>(${a}, ${b})`)
  // exp(-|a|) serves -a too.
  const exponential = (a) => line(`exp(v128.neg<real>(v128.abs<real>(${negated.get(a) ?? a})))`)
  return {
    lines,
    operations: {
      constant,
      add: two('add'),
      mul: two('mul'),
      div: two('div'),
      sqrt: (a) => line(`v128.sqrt<real>(${a})`),

      sub(a, b) {
        const difference = two('sub')(a, b)
        if (a === known.get('v128.splat<real>(<real>(0))')) negated.set(difference, b)
        return difference
      },

      sigmoid(a) {
        const power = exponential(a)
        const [zero, one] = [constant(0), constant(1)]
        const numerator = line(`v128.bitselect(${power}, ${one}, v128.lt<real>(${a}, ${zero}))`)
        return two('div')(numerator, two('add')(one, power))
      },

      softplus: (a) => two('add')(two('max')(a, constant(0)), line(`log1p(${exponential(a)})`)),

      sign(a) {
        const [zero, one, minusOne] = [constant(0), constant(1), constant(-1)]
        const below = line(`v128.bitselect(${minusOne}, ${a}, v128.lt<real>(${a}, ${zero}))`)
        return line(`v128.bitselect(${one}, ${below}, v128.gt<real>(${a}, ${zero}))`)
      },

      tanh: (a) => line(`tanh(${a})`),

      where(a, above, below) {
        const zero = constant(0)
        const known = line(`v128.bitselect(${below}, ${a}, v128.le<real>(${a}, ${zero}))`)
        return line(`v128.bitselect(${above}, ${known}, v128.gt<real>(${a}, ${zero}))`)
      },
    },
  }
}

function host(kernels) {
  const layers = [...new Set(kernels.map(({ layer }) => layer))]
  return `${title}import type { ComposedKernels } from '@convkit/api'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

export function composed(runtime: Runtime): ComposedKernels<Storage> {
  return {
${layers.map((layer) => tableOf(kernels.filter((kernel) => kernel.layer === layer))).join('')}  }
}
`
}

function tableOf(kernels) {
  return `    ${kernels[0].layer}: {\n${kernels.map(methodOf).join('\n')}    },\n`
}

function methodOf(kernel) {
  const { method, scalars, operands, composition } = kernel
  const fed = scalars.length > 0 ? `{ ${scalars.join(', ')} }, ` : ''
  const nanoseconds = Number((nanosecondsAnOperation * operationsOf(composition)).toPrecision(2))
  const fields = ['size', ...operands, ...scalars]
  const call = (given) =>
    `        runtime.run('${nameOf(kernel)}', elementwise(runtime, size, ${nanoseconds}), {${given}})`
  // As the formatter has it.
  const line = call(` ${fields.join(', ')} `)
  const lines = call(`\n${fields.map((field) => `          ${field},\n`).join('')}        `)
  return `      ${method}({ size }, ${fed}${operands.join(', ')}) {
${line.length > 120 ? lines : line}
      },
`
}

function upper(name) {
  return name[0].toUpperCase() + name.slice(1)
}
