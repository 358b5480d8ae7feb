import { type Backend, Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import { numericGradient } from '@convkit/nn'
import { type GradientCase, gradientCases } from './gradientCases.js'

export interface GradientCheck {
  readonly layer: string
  readonly variant: string | null
  /** `dx`, `dw`, ... */
  readonly gradient: string
  /** max |analytic - numeric| / max |numeric| */
  readonly error: number
  readonly pass: boolean
}

/**
 * Central differences with h = 1e-5 are right to about h^2 + u |f| / h, some 1e-10 here; a wrong term in a formula shows
 * far above.
 */
const tolerance = 1e-6

export const gradcheckLayers: readonly string[] = Object.keys(gradientCases)

/** Compares every gradient of one layer with central differences, in float64, on shapes and values drawn from `seed`. */
export async function gradcheck(backend: Backend, layer: string, seed: number): Promise<GradientCheck[]> {
  const random = new Random(seed)
  const results: GradientCheck[] = []
  for (const drawn of gradientCases[layer]?.(random) ?? [])
    for (const [gradient, error] of await compare(backend, drawn, random))
      results.push({ layer, variant: drawn.variant ?? null, gradient, error, pass: error <= tolerance })
  return results
}

async function compare(
  backend: Backend,
  { inputs, run, loss }: GradientCase,
  random: Random,
): Promise<[gradient: string, error: number][]> {
  using scope = new Scope(backend)
  const { y, backward } = run(scope, upload(scope, inputs))
  // A random upstream gradient: ones would hide every error that a sum cancels.
  const dy = loss ? Float64Array.of(1) : random.normal(y.size)
  const errors: [string, number][] = []
  for (const [gradient, tensor] of Object.entries(backward(scope.from(dy, y.shape)))) {
    const input = inputs[gradient.slice(1)]
    if (!input) continue
    const numeric = await numericGradient(
      async () => {
        using step = scope.child()
        return Float64Array.from(await run(step, upload(step, inputs)).y.read())
      },
      input.data,
      { dy },
    )
    errors.push([gradient, difference(await tensor.read(), numeric)])
  }
  return errors
}

function upload(scope: Scope, inputs: GradientCase['inputs']) {
  return Object.fromEntries(Object.entries(inputs).map(([name, { data, shape }]) => [name, scope.from(data, shape)]))
}

function difference(got: ArrayLike<number>, wanted: Float64Array): number {
  let worst = 0
  let largest = 0
  for (const [i, value] of wanted.entries()) {
    worst = Math.max(worst, Math.abs((got[i] ?? Number.NaN) - value))
    largest = Math.max(largest, Math.abs(value))
  }
  return worst === 0 ? 0 : worst / largest
}
