import type { FloatDType } from '@convkit/api'
import type { Random } from '@convkit/data'
import { isWhole, plain, unitOf } from '../core/arithmetic.js'
import { power } from '../core/declaredText.js'
import type { FunctionName } from '../core/unit.js'
import { Violation } from '../core/violation.js'
import { attempt, type Declared, ofProbe } from './declared.js'
import type { FunctionProbe, Point } from './functionProbe.js'
import { exps, logs } from './lossFunctions.js'
import {
  byAdam,
  byAdamw,
  byGroupNorm,
  byLayerNorm,
  byRmsprop,
  meansOfThree,
  quotientsOf,
  rootsOf,
  rootsOfVariances,
  rootsWith,
} from './rootFunctions.js'

const functionProbes: readonly FunctionProbe[] = [
  { kernel: 'softmaxCrossEntropy', function: 'exp', points: exps },
  { kernel: 'softmaxCrossEntropy', function: 'log', points: logs },
  { kernel: 'avgPool2d', function: 'divide', points: meansOfThree },
  {
    kernel: 'rmsprop',
    function: 'divide',
    points: quotientsOf(byRmsprop, ({ conventions }) => conventions.rmsprop.epsilon === 'insideRoot'),
  },
  { kernel: 'adam', function: 'divide', points: quotientsOf(byAdam) },
  { kernel: 'adamw', function: 'divide', points: quotientsOf(byAdamw) },
  { kernel: 'rmsprop', function: 'sqrt', points: rootsOf(byRmsprop) },
  { kernel: 'adam', function: 'sqrt', points: rootsOf(byAdam) },
  { kernel: 'adamw', function: 'sqrt', points: rootsOf(byAdamw) },
  { kernel: 'batchNorm', function: 'sqrt', points: rootsOfVariances },
  { kernel: 'layerNorm', function: 'sqrt', points: rootsWith(byLayerNorm) },
  { kernel: 'groupNorm', function: 'sqrt', points: rootsWith(byGroupNorm) },
]

/** The largest error of each function that showed, in ulps, beside an absolute part that is declared. */
export type SeenFunctions = Map<FunctionName, number>

/** Holds every function to the accuracy that is declared for it in each kernel that uses it. */
export async function measureFunctions(subject: Declared, random: Random, seen: SeenFunctions): Promise<void> {
  const { backend, dtype } = subject
  for (const probe of functionProbes) {
    const unit = unitOf(backend, dtype, probe.kernel)
    // Of operands that are rounded first, no function shows by itself.
    if (!isWhole(unit, dtype)) continue
    const points = await probe.points((task) => attempt(subject, probe.kernel, task), { dtype, unit, random })
    const { ulps, absolute } = ofProbe(subject, probe).functions[probe.function]
    for (const point of points) {
      const { got, value, slack } = point
      const ulp = ulpOf(point, dtype)
      const whole = Math.max(0, Math.abs(got - value.high - value.low) - absolute) / ulp
      const least = Math.max(0, whole - slack / ulp)
      if (!(least <= ulps)) throw new Violation(textOf(subject, probe, point, least))
      // Where the rest of the formula brings in more than a function should, only what is beyond that is the function's.
      const own = slack > 2 * ulp ? least : whole
      seen.set(probe.function, Math.max(seen.get(probe.function) ?? 0, own))
    }
  }
}

function ulpOf({ value }: Point, dtype: FloatDType): number {
  return 2 ** Math.floor(Math.log2(Math.abs(value.high))) * 2 * plain[dtype].unitRoundoff
}

function textOf(subject: Declared, probe: FunctionProbe, { name, got, value }: Point, error: number): string {
  const { ulps, absolute } = ofProbe(subject, probe).functions[probe.function]
  const most = `${ulps} ulps${absolute > 0 ? ` and ${power(absolute)}` : ''}`
  const rest = absolute > 0 ? ` beside ${power(absolute)}` : ''
  return `declaration: ${probe.function} is right to ${most}, as declared or by default, but ${probe.kernel} makes ${name} ${got}, not ${value.high}: off by ${error.toPrecision(3)} ulps${rest}`
}
