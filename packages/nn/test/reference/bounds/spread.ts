import type { Backend } from '@convkit/api'
import { Random } from '@convkit/data'
import type { Outputs, ReferenceCase } from '../case.js'
import { run } from '../run.js'
import { at, type Precision } from './rounding.js'

const runs = 20

/**
 * How far each loss of a training curve may be off. No rigorous bound holds over many steps: Adam's first step is nearly
 * the sign of the gradient. Instead: the widest of 20 seeded float64 runs in which every gradient is moved by plus or
 * minus its own bound, and every parameter by its rounding; and the bound of the first loss itself. `steps` holds the
 * bounds at each step, or at the first alone.
 */
export async function lossSpread(
  reference: Backend,
  c: ReferenceCase,
  steps: readonly Outputs[],
  { u }: Precision,
): Promise<Float64Array> {
  const random = new Random(231)
  const sign = () => (random.uniform() < 0.5 ? -1 : 1)
  const losses = async (disturb?: Parameters<typeof run>[3]) =>
    (await run(reference, 'float64', c, disturb)).get('out.adamLosses') ?? new Float64Array(0)
  const straight = await losses()
  const spread = straight.map((_, k) => at((steps[k] ?? steps[0])?.get('out.loss'), 0))
  const widest = new Float64Array(straight.length)
  for (let i = 0; i < runs; i++) {
    const curve = await losses((k, name, values) => {
      const bound = (steps[k] ?? steps[0])?.get(name)
      return values.map((value, j) => value + sign() * (bound?.[j] ?? u * Math.abs(value)))
    })
    for (const [k, loss] of curve.entries()) widest[k] = Math.max(at(widest, k), Math.abs(loss - at(straight, k)))
  }
  return spread.map((loss, k) => loss + at(widest, k))
}
