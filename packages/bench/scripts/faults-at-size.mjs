// Faults that only long sums have, held against the benchmark's gate at its own sizes and against the suite's default run:
// `node packages/bench/scripts/faults-at-size.mjs` after a build, about a quarter of an hour. Prints a Markdown table.
import { createNaive } from '@convkit/backend-naive'
import { allChecks } from '@convkit/conformance'
import { runMutant } from '@convkit/mutants'
import { createGate } from '../dist/gate/gate.js'
import { createCase } from '../dist/workload/layer.js'
import { ownWorkloads } from '../dist/workload/load.js'

const cut = (bits) => (value) => {
  const scaled = value * (2 ** (53 - bits) + 1)
  return Number.isFinite(scaled) ? scaled - (scaled - value) : value
}
const same = (value) => value
const faults = [
  { name: 'x 1.01', dtype: 'float32', operand: same, result: (value) => value * 1.01 },
  { name: 'bfloat16 operands', dtype: 'float32', operand: cut(8), result: same },
  { name: 'TF32 operands', dtype: 'float32', operand: cut(11), result: same },
  { name: 'single-precision operands', dtype: 'float64', operand: Math.fround, result: same },
]

const termsOf = (d, output) => {
  if ('inSize' in d) return { y: d.inSize, dx: d.outSize, dw: d.n }[output]
  const taps = d.kH * d.kW
  return { y: (d.inC / d.groups) * taps, dx: (d.outC / d.groups) * taps, dw: d.n * d.outH * d.outW }[output]
}

/** Naive, with that fault in one output of one layer, in sums of at least so many terms. */
function lossy(layer, output, { dtype, operand, result }, least) {
  const naive = createNaive()
  const right = naive.kernels[dtype][layer]
  const change = (array, f) => array.map(f)
  const own = {
    forward(d, x, w, b, y) {
      if (output !== 'y' || termsOf(d, output) < least) return right.forward(d, x, w, b, y)
      right.forward(d, change(x, operand), change(w, operand), b, y)
      y.set(change(y, result))
    },
    backward(d, dy, x, w, dx, dw, db) {
      right.backward(d, dy, x, w, dx, dw, db)
      const gradient = { dx, dw }[output]
      if (!gradient || termsOf(d, output) < least) return
      const operands = [dy, x, w].map((array) => change(array, operand))
      right.backward(d, ...operands, output === 'dx' ? dx : null, output === 'dw' ? dw : null, null)
      gradient.set(change(gradient, result))
    },
  }
  return {
    ...naive,
    kernels: { ...naive.kernels, [dtype]: { ...naive.kernels[dtype], [layer]: { ...right, ...own } } },
  }
}

/** Naive, whose batch norm leaves the last two of fifty images and more out of one kernel, or loads x in single precision. */
function careless(part, dtype) {
  const naive = createNaive()
  const right = naive.kernels[dtype].batchNorm
  const fewer = (d) => (dtype === 'float32' && d.n >= 50 ? { ...d, n: d.n - 2 } : d)
  const load = (x) => (dtype === 'float64' ? x.map(Math.fround) : x)
  const own = {
    statistics: (d, x, ...out) =>
      part === 'statistics' ? right.statistics(fewer(d), load(x), ...out) : right.statistics(d, x, ...out),
    reduce(d, s, dy, x, mean, variance, dgamma, dbeta) {
      right.reduce(d, s, dy, x, mean, variance, dgamma, dbeta)
      const [a, b] = [dgamma.slice(), dbeta.slice()]
      right.reduce(fewer(d), s, load(dy), load(x), mean, variance, a, b)
      if (part === 'dgamma') dgamma.set(a)
      if (part === 'dbeta') dbeta.set(b)
    },
  }
  return {
    ...naive,
    kernels: { ...naive.kernels, [dtype]: { ...naive.kernels[dtype], batchNorm: { ...right, ...own } } },
  }
}

const write = (line) => process.stdout.write(`${line}\n`)
const workloads = await ownWorkloads()
const named = (name) => workloads.find((workload) => workload.name === name)
const batch4096 = {
  ...named('W5'),
  name: 'batch 4,096',
  inputs: { x: [4096, 64], w: [64, 32], b: [32] },
  dy: [4096, 32],
}
const cells = [
  ...['W1', 'W3', 'W4'].flatMap((name) => faults.map((fault) => ['conv2d', 'dw', named(name), fault])),
  ...['W3', 'W4'].flatMap((name) =>
    ['y', 'dx'].flatMap((out) => faults.map((fault) => ['conv2d', out, named(name), fault])),
  ),
  ...faults.map((fault) => ['affine', 'y', named('W5'), fault]),
  ...faults.map((fault) => ['affine', 'dw', batch4096, fault]),
].map(([layer, output, workload, fault]) => {
  // Where the sums of a workload are shorter than a thousand terms, the fault begins there.
  const least = { W3: { y: 100 }, W4: { y: 500, dx: 500 } }[workload.name]?.[output] ?? 1000
  return { layer, output, workload, fault: fault.name, dtype: fault.dtype, backend: lossy(layer, output, fault, least) }
})
for (const part of ['statistics', 'dgamma', 'dbeta'])
  for (const [dtype, fault] of [
    ['float32', '2 of 50 images left out'],
    ['float64', 'single-precision operands'],
  ])
    cells.push({
      layer: 'batchNorm',
      output: part,
      workload: named('W6'),
      fault,
      dtype,
      backend: careless(part, dtype),
    })

const oracle = createNaive()
const suite = allChecks()
const gates = new Map()
const gateOf = async (workload) => {
  if (!gates.has(workload.name)) gates.set(workload.name, await createGate(workload, createCase(workload), oracle))
  return gates.get(workload.name)
}

write(
  '| layer, output | workload | fault | dtype | speed | suite, default run |\n| --- | --- | --- | --- | --- | --- |',
)
for (const { layer, output, workload, fault, dtype, backend } of cells) {
  const gate = await gateOf(workload)
  const speed = await gate.hold({ name: 'lossy', instance: backend, dtype }).then(
    () => 'passes',
    () => 'refused',
  )
  const { kills } = await runMutant(
    { name: fault, layer, says: '', killers: [], create: () => backend },
    { suite, firstOnly: true },
  )
  const [kill] = kills
  write(
    `| ${layer} ${output} | ${workload.name} | ${fault} | ${dtype} | ${speed} | ${kill ? `killed by ${kill.id}` : 'passes'} |`,
  )
}
