import { type Backend, ConfigError, type FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { differentiableSpecs } from './checks.js'
import { defaultRuns } from './core/check.js'
import { seedOf } from './core/seed.js'
import { createSubject } from './core/subject.js'
import { type Slope, slopesOf } from './laws/numeric.js'
import { checkRun } from './options.js'

export interface SlopeOptions {
  /** Default 231. */
  readonly seed?: number
  /** Random cases; default 40. */
  readonly runs?: number
  /** Default float64, in which bounds are narrowest. */
  readonly dtype?: FloatDType
}

/**
 * Every gradient of a layer beside central differences of the layer's own forward pass: what the suite's law of numeric
 * gradients compares, case by case. Throws `ConfigError` for a layer without gradients and
 * for an option that does not exist.
 */
export async function* gradientSlopes(
  backend: Backend,
  layer: string,
  options: SlopeOptions = {},
): AsyncGenerator<Slope> {
  const given = checkRun('gradientSlopes', options, { seed: true, runs: true, dtype: true })
  const { seed = 231, runs = defaultRuns, dtype = 'float64' } = given
  const spec = differentiableSpecs.find((spec) => spec.layer === layer)
  if (!spec)
    throw new ConfigError(
      `gradientSlopes: expected one of ${differentiableSpecs.map(({ layer }) => layer).join(', ')}, got ${layer}`,
    )
  const subject = createSubject(spec, backend, createNaive(), dtype)
  const own = seedOf(seed, `${layer}/numeric-gradient/${dtype}`)
  for (const c of fc.sample(spec.cases, { seed: own, numRuns: runs }))
    for (const input of Object.keys(spec.gradients)) yield* await slopesOf(subject, c, input)
}
