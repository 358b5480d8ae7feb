import { type Backend, conv2d, type FloatDType, type FloatTensor, maxPool2d, Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import { relError } from '@convkit/nn'
import { type Figure, measured, passes } from '../figure.js'
import { normal, type Operand, put } from '../operand.js'
import { printed } from '../printed.js'
import type { Notebook, Section } from '../section.js'

type Operands = { readonly [name: string]: Operand }
type Tensors = { readonly [name: string]: FloatTensor }

/** One layer and the shapes it is run on. */
export interface Workload {
  readonly name: string
  readonly shapes: { readonly [operand: string]: readonly number[] }
  forward(scope: Scope, tensors: Tensors): { readonly y: FloatTensor; backward(dy: FloatTensor): Tensors }
  /** How many products are added up in each element of an output; 0 where nothing is rounded. */
  readonly terms: { readonly [output: string]: number }
  readonly printed: { readonly forward: Printed; readonly backward: Printed }
}

type Printed = { readonly [figure: string]: number }

export const workloads: readonly Workload[] = [
  {
    name: 'conv',
    shapes: { x: [100, 3, 31, 31], w: [25, 3, 3, 3], b: [25], dy: [100, 25, 16, 16] },
    forward(scope, { x, w, b }) {
      if (!x || !w || !b) throw new TypeError('conv wants x, w and b')
      const { y, saved } = conv2d.forward(scope, { x, w, b }, { stride: 2, pad: 1 })
      return { y, backward: (dy) => conv2d.backward(scope, dy, saved) }
    },
    terms: { y: 28, dx: 225, dw: 25_600, db: 25_600 },
    printed: printed.convFast,
  },
  {
    name: 'pool',
    shapes: { x: [100, 3, 32, 32], dy: [100, 3, 16, 16] },
    forward(scope, { x }) {
      if (!x) throw new TypeError('pool wants x')
      const { y, saved } = maxPool2d.forward(scope, { x }, { kernel: 2, stride: 2 })
      return { y, backward: (dy) => maxPool2d.backward(scope, dy, saved) }
    },
    terms: { y: 0, dx: 0 },
    printed: printed.maxPoolFast,
  },
]

export const fastLayers: Section = {
  id: 'fast-layers',
  title: 'Fast layers',
  text: [
    'The naive backend is written to be read, loop by loop. A fast backend does the same calculation behind the same calls; here both get the notebook’s two workloads, and the page shows how long each takes (the median of at least three runs after a warm-up, and of as many as fit a fifth of a second) and how far apart the results are: the times in the number type of training, the differences in float64, as in the notebook.',
    'Two right answers may differ, since numbers can be added in any order. By how much follows from the number of terms: for a sum of n products, (n + 2) roundings of the sum of their magnitudes on each side. Max pooling adds nothing up, so there the results must be equal.',
  ],
  code: `// The same calls, whichever backend the scope is on.
const { y, saved } = conv2d.forward(scope, { x, w, b }, { stride: 2, pad: 1 })
const { dx, dw, db } = conv2d.backward(scope, dy, saved)`,

  async run(notebook) {
    if (notebook.backend.name === notebook.baseline.name)
      return {
        figures: [],
        skipped: `the chosen backend is ${notebook.backend.name} itself, so there is nothing to compare it with.`,
      }
    const figures: Figure[] = []
    for (const workload of workloads) figures.push(...(await compare(notebook, workload)))
    return { figures }
  },
}

interface Sample {
  readonly seconds: { readonly forward: number; readonly backward: number }
  readonly outputs: { readonly [name: string]: ArrayLike<number> }
}

/** Times of the two backends in the notebook's number type, and their results in float64, where differences mean most. */
export async function compare({ backend, baseline, dtype, seed }: Notebook, workload: Workload): Promise<Figure[]> {
  const random = new Random(seed)
  const operands = Object.fromEntries(
    Object.entries(workload.shapes).map(([name, shape]) => [name, normal(random, shape)]),
  )
  const slow = await sample(baseline, workload, operands, dtype, usual)
  const quick = await sample(backend, workload, operands, dtype, usual)
  const { outputs: wanted } = await sample(baseline, workload, operands, 'float64', once)
  const { outputs: got } = await sample(backend, workload, operands, 'float64', once)
  // The same layer on absolute values: what the roundings are relative to.
  const sizes = Object.fromEntries(
    Object.entries(operands).map(([name, { values, shape }]) => [name, { values: values.map(Math.abs), shape }]),
  )
  const { outputs: magnitudes } = await sample(baseline, workload, sizes, 'float64', once)
  const unit = backend.arithmetic?.float64?.unitRoundoff ?? 2 ** -53

  const figures: Figure[] = []
  for (const direction of ['forward', 'backward'] as const) {
    const seen = workload.printed[direction]
    const [before, after] = [slow.seconds[direction], quick.seconds[direction]]
    const name = `${workload.name} ${direction}`
    figures.push(
      measured(`${name}: ${baseline.name}`, before, 's', seen.naive ?? null),
      measured(`${name}: ${backend.name}`, after, 's', seen.fast ?? null),
      measured(`${name}: speed-up`, before / after, '×', seen.speedup ?? null),
    )
    for (const output of Object.keys(got).filter((key) => (key === 'y') === (direction === 'forward'))) {
      const [mine, theirs, magnitude] = [got, wanted, magnitudes].map((all) => all[output] ?? [])
      const terms = workload.terms[output]
      const factor = terms === 0 ? 0 : 2 * (terms + 2) * unit
      const description = terms === 0 ? 'equal' : `each element within 2 (${terms} + 2) roundings`
      const close = isClose(mine ?? [], theirs ?? [], magnitude ?? [], factor)
      const error = relError(mine ?? [], theirs ?? [])
      figures.push(passes(`${name}: ${output}, relative difference`, error, description, close, seen[output] ?? null))
    }
  }
  return figures
}

function isClose(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  magnitude: ArrayLike<number>,
  factor: number,
): boolean {
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(got[i] - wanted[i])
    if (!(difference <= factor * (magnitude[i] ?? 0))) return false
  }
  return got.length === wanted.length
}

interface Length {
  readonly runs: number
  readonly milliseconds: number
}

const once: Length = { runs: 1, milliseconds: 0 }
const usual: Length = { runs: 3, milliseconds: 200 }

/** Median times of forward and backward after as long a warm-up, which compilers need, and the last results. */
async function sample(
  backend: Backend,
  workload: Workload,
  operands: Operands,
  dtype: FloatDType,
  length: Length,
): Promise<Sample> {
  if (length.runs > 1) await sampleFor(backend, workload, operands, dtype, { ...length, runs: 1 })
  return await sampleFor(backend, workload, operands, dtype, length)
}

/** At least so many runs, at least so long. */
async function sampleFor(
  backend: Backend,
  { forward }: Workload,
  operands: Operands,
  dtype: FloatDType,
  { runs, milliseconds }: Length,
): Promise<Sample> {
  const times: { readonly forward: number; readonly backward: number }[] = []
  const begin = performance.now()
  for (;;) {
    using scope = new Scope(backend)
    const { dy, ...inputs } = Object.fromEntries(
      Object.entries(operands).map(([name, operand]) => [name, put(scope, operand, dtype)]),
    )
    if (!dy) throw new TypeError('a workload wants dy')
    await finish(backend, dy)
    const start = performance.now()
    const { y, backward } = forward(scope, inputs)
    await finish(backend, y)
    const middle = performance.now()
    const grads = backward(dy)
    for (const grad of Object.values(grads)) await finish(backend, grad)
    const end = performance.now()
    times.push({ forward: middle - start, backward: end - middle })
    if (times.length < runs || end - begin < milliseconds) continue
    const outputs = await Promise.all(
      Object.entries({ y, ...grads }).map(async ([name, tensor]) => [name, await tensor.read()] as const),
    )
    const seconds = (direction: 'forward' | 'backward') => median(times.map((time) => time[direction])) / 1000
    return {
      seconds: { forward: seconds('forward'), backward: seconds('backward') },
      outputs: Object.fromEntries(outputs),
    }
  }
}

async function finish(backend: Backend, tensor: FloatTensor): Promise<void> {
  if (backend.sync) await backend.sync()
  else await tensor.read()
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
