import type { Backend } from '@convkit/api'
import { agrees, differentiableSpecs, gradientSlopes, type Slope, type SlopeOptions } from '@convkit/conformance'

export interface GradientCheck {
  readonly layer: string
  /** `train`, `test`; null for a layer without modes. */
  readonly variant: string | null
  /** `dx`, `dw`, ... */
  readonly gradient: string
  /** |<gradient, step> - central difference| over sum |gradient * step|, where it comes closest to its bound. */
  readonly error: number
  /** What rounding and the bend of the layer may make of it there. */
  readonly bound: number
  /** How many steps it was compared along. */
  readonly steps: number
  readonly pass: boolean
}

export const gradcheckLayers: readonly string[] = differentiableSpecs.map(({ layer }) => layer)

/** Holds every gradient of one layer to the suite's law of numeric gradients, on cases drawn from the seed. */
export async function gradcheck(backend: Backend, layer: string, options: SlopeOptions): Promise<GradientCheck[]> {
  const checks = new Map<string, GradientCheck>()
  for await (const slope of gradientSlopes(backend, layer, options)) {
    const found = checkOf(layer, slope)
    const key = `${found.variant} ${found.gradient}`
    const worst = checks.get(key)
    checks.set(key, { ...(worst && !isWorse(found, worst) ? worst : found), steps: 1 + (worst?.steps ?? 0) })
  }
  return [...checks.values()]
}

function checkOf(layer: string, slope: Slope): GradientCheck {
  const { gradient, analytic, numeric, bound } = slope
  const { mode } = slope.case.attrs
  const size = Math.max(slope.magnitude, Math.abs(numeric)) || 1
  return {
    layer,
    variant: typeof mode === 'string' ? mode : null,
    gradient,
    error: Math.abs(analytic - numeric) / size,
    bound: bound / size,
    steps: 1,
    pass: agrees(slope),
  }
}

/** Nearer to its bound, or beyond it; a NaN is beyond. */
function isWorse(a: GradientCheck, b: GradientCheck): boolean {
  return a.pass === b.pass ? a.error * b.bound > b.error * a.bound : b.pass
}
