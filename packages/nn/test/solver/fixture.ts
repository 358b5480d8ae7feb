import { createNaive } from '@convkit/backend-naive'
import { type Dataset, Random } from '@convkit/data'
import {
  type LayerSpec,
  layers,
  Sequential,
  type SequentialOptions,
  Solver,
  type SolverEvent,
  type SolverOptions,
} from '../../src/index.js'
import { exceptBatches } from '../support/warnings.js'

const shape = [2, 4, 4] as const

/** Two classes, told apart by which channel is bright; with `noise` large they overlap. */
export function twoColours(n: number, { seed = 1, noise = 0.1 } = {}): Dataset {
  const random = new Random(seed)
  const labels = Int32Array.from({ length: n }, (_, row) => row % 2)
  const images = Float32Array.from({ length: n * 32 }, (_, i) => {
    const bright = Math.floor((i % 32) / 16) === labels[Math.floor(i / 32)]
    return (bright ? 1 : -1) + noise * (2 * random.uniform() - 1)
  })
  return { images, labels, shape: [n, ...shape], classNames: ['first', 'second'] }
}

export const small = { train: twoColours(22), validation: twoColours(9, { seed: 2 }) }

/** One layer of every sort that training treats in its own way: weights, buffers, random numbers. */
export const everySort: readonly LayerSpec[] = [
  layers.conv2d({ filters: 3, kernel: 3, pad: 'same' }),
  layers.batchNorm(),
  layers.relu(),
  layers.dropout({ p: 0.3 }),
  layers.affine({ units: 2 }),
]

export function build(stack: readonly LayerSpec[] = everySort, options: Partial<SequentialOptions> = {}): Sequential {
  return new Sequential(createNaive(), { input: shape, layers: stack, seed: 5, ...options })
}

/** Values of parameters and buffers by name. */
export async function valuesOf(model: Sequential): Promise<Record<string, readonly number[]>> {
  const named = [...model.params, ...model.buffers]
  const values = await Promise.all(named.map(async ({ name, tensor }) => [name, [...(await tensor.read())]] as const))
  return Object.fromEntries(values)
}

export async function eventsOf(solver: Solver, options?: Parameters<Solver['train']>[0]): Promise<SolverEvent[]> {
  const events: SolverEvent[] = []
  for await (const event of solver.train(options)) events.push(event)
  return events
}

/** The Euclidean distance between two models, over their parameters. */
export function distance(a: Record<string, readonly number[]>, b: Record<string, readonly number[]>): number {
  return Math.hypot(
    ...Object.keys(a).flatMap((name) => (a[name] ?? []).map((x, i) => x - (b[name]?.[i] ?? Number.NaN))),
  )
}

/** What comes of training on the small sets. */
export async function train(options: SolverOptions, model = build()) {
  using solver = new Solver(model, small, { onWarning: exceptBatches, ...options })
  const history = await solver.run()
  return { history, values: await valuesOf(model) }
}
