import {
  type Arithmetic,
  conventionFaults,
  type FloatDType,
  type KernelName,
  kernelsOf,
  UnsupportedError,
  vector,
} from '@convkit/api'
import { Random } from '@convkit/data'
import { arithmeticOf, plain } from '../core/arithmetic.js'
import { gamma } from '../core/bounds.js'
import type { Check } from '../core/check.js'
import { arithmeticText, power } from '../core/declaredText.js'
import { twoProduct, twoSum } from '../core/doubleDouble.js'
import { holds } from '../core/property.js'
import { seeds } from '../core/shapes.js'
import { Violation } from '../core/violation.js'
import { attempt, but, type Declared, ofProbe } from './declared.js'
import { measureFunctions, type SeenFunctions } from './functions.js'
import { kernelProbes } from './kernelProbes.js'
import { checkPairs, leastPairs, nonFinitePairs, subnormalPairs } from './pairs.js'
import { type Probe, type Probes, probes, size, stateProbes } from './probes.js'
import { isTransformed } from './transformed.js'

/** bfloat16's: the coarsest arithmetic that anyone trains in. Bounds made of more would let everything pass. */
const coarsest = 2 ** -8

/** Cases of which one has every probe, of each kernel and function. */
const aWhole = 8

const says =
  'it computes as it declares, in each kernel: unit roundoff, subnormals, NaN and infinities, functions, the same bits again; and what it declares exists'

/** The declaration itself, or plain IEEE 754 where there is none. */
export function declarationCheck(dtype: FloatDType): Check {
  return {
    id: `backend/declaration/${dtype}`,
    layer: 'backend',
    law: 'declaration',
    dtype,
    says,
    async run(context) {
      const subject = { backend: context.backend, dtype }
      const rounding: SeenRounding = new Map()
      const functions: SeenFunctions = new Map()
      let [transformed, cases] = [false, 0]
      const outcome = await holds(context, seeds, async (seed) => {
        const random = new Random(seed)
        checkForm(subject)
        await measureRounding(subject, probes, random, rounding)
        // A lone case, as of a path, is whole.
        if (cases++ % aWhole === 0) {
          await measureRounding(subject, kernelProbes, random, rounding)
          await measureFunctions(subject, random, functions)
          await checkRange(subject)
        }
        if (rounding.size === 0)
          throw new UnsupportedError('declaration: no kernel multiplies or adds', { missing: true })
        if (arithmeticOf(subject.backend, dtype, 'vector').deterministic) await checkDeterministic(subject, random)
        if (await isTransformed(subject, random)) transformed = true
      })
      return { ...outcome, notes: notesOf(subject, rounding, functions, transformed) }
    },
  }
}

/** What cannot be understood, or would let everything pass. */
function checkForm({ backend, dtype }: Declared): void {
  const { kernels = {}, ...whole }: Arithmetic = backend.arithmetic?.[dtype] ?? plain[dtype]
  const unknown = Object.keys(kernels)
    .filter((kernel) => kernelsOf(kernel).length === 0)
    .map((kernel) => `arithmetic.${dtype}.kernels.${kernel} is no kernel`)
  const misplaced = Object.entries(kernels)
    .filter(([kernel, part]) => 'convolution' in part && !['conv2d', 'convRelu'].includes(kernel))
    .map(([kernel]) => `arithmetic.${dtype}.kernels.${kernel}.convolution: only conv2d and convRelu are convolutions`)
  const faults = [...conventionFaults(backend.conventions), ...unknown, ...misplaced]
  if (faults.length > 0) throw new Violation(`declaration: ${faults.join('; ')}`)
  for (const { unitRoundoff: u } of [whole, ...Object.values(kernels)]) if (u !== undefined) checkRoundoff(u, dtype)
}

function checkRoundoff(u: number, dtype: FloatDType): void {
  const own = plain[dtype].unitRoundoff
  if (u >= own && u <= coarsest) return
  const limit = u < own ? `finer than ${dtype} itself, ${power(own)}` : `coarser than bfloat16's, ${power(coarsest)}`
  throw new Violation(`declaration: a unit roundoff of ${power(u)} is ${limit}`)
}

/** The largest error of one rounding that showed in each kernel, relative to the result. */
type SeenRounding = Map<KernelName, number>

/** Numbers have full significands, in [1, 2). */
async function measureRounding(subject: Declared, among: Probes, random: Random, seen: SeenRounding): Promise<void> {
  const { dtype } = subject
  const draw = () => (dtype === 'float32' ? Math.fround(1 + random.uniform()) : 1 + random.uniform())
  for (const [name, probe] of Object.entries(among)) {
    const length = probe.pairs ?? size
    const a = Float64Array.from({ length }, draw)
    const same = probe.constant === 'one' ? 1 : draw()
    const b = probe.constant ? new Float64Array(length).fill(same) : a.map(draw)
    const got = await attempt(subject, probe.kernel, (scope, from) => probe.queue(scope, from, a, b))
    const { unitRoundoff: u } = ofProbe(subject, probe)
    const most = mostOf(subject, probe)
    for (let i = 0; got && i < length; i++) {
      const error = errorOf(probe, a[i], b[i], got[i])
      if (!(error <= most))
        throw new Violation(
          `declaration: declared unit roundoff ${power(u)}, but ${name}: ${a[i]} ${probe.operation} ${b[i]} is ${got[i] / (probe.factor ?? 1)}, off by ${power(error)} of it, where ${probe.roundings} rounding${probe.roundings > 1 ? 's' : ''} may be`,
        )
      seen.set(probe.kernel, Math.max(seen.get(probe.kernel) ?? 0, error / probe.roundings))
    }
  }
}

/** Relative to the exact result. */
function errorOf({ operation, factor = 1 }: Probe, a: number, b: number, got: number): number {
  const { high, low } = operation === 'plus' ? twoSum(a, b) : twoProduct(a, b)
  return Math.abs(got / factor - high - low) / high
}

/** So many roundings, and functions that are declared to be off where IEEE 754 has them exact. */
function mostOf(subject: Declared, { kernel, roundings, divisor }: Probe): number {
  const { unitRoundoff: u, functions } = ofProbe(subject, { kernel })
  const { exp, log, sqrt, divide } = functions
  // A logarithm of exp(0) stands beside numbers from 64 on.
  if (kernel === 'softmaxCrossEntropy')
    return gamma(roundings, { u }) + (gamma(2 * exp.ulps, { u }) + exp.absolute + log.absolute) / 64
  const used = divisor ? [divide, ...(divisor === 'rootOfOne' ? [sqrt] : [])] : []
  const ulps = used.reduce((sum, { ulps }) => sum + (ulps > 0.5 ? ulps : 0), 0)
  const absolute = used.reduce((sum, { absolute }) => sum + absolute, 0)
  return gamma(roundings + 2 * ulps, { u }) + 2 * absolute
}

/** Subnormals, and NaN and infinities, where results need no rounding. */
async function checkRange(subject: Declared): Promise<void> {
  const { dtype } = subject
  const of = (probe: Probe) => ofProbe(subject, probe)
  const among = (all: Probes, isOne: (probe: Probe) => boolean) =>
    Object.fromEntries(Object.entries(all).filter(([, probe]) => isOne(probe)))
  const whole = among({ ...probes, ...kernelProbes }, ({ pairs, isState }) => pairs === undefined && !isState)
  await checkPairs(subject, subnormalPairs(dtype), whole, (probe) => of(probe).subnormals === 'flushed')
  await checkPairs(subject, subnormalPairs(dtype), stateProbes, (probe) => of(probe).subnormals !== 'kept')
  await checkPairs(subject, leastPairs(dtype), stateProbes)
  await checkPairs(
    subject,
    nonFinitePairs(dtype),
    among(probes, (probe) => of(probe).nonFinite === 'ieee'),
  )
}

const terms = 4097

async function checkDeterministic(subject: Declared, random: Random): Promise<void> {
  const drawn = random.normal(terms)
  const sums: number[] = []
  for (let i = 0; i < 3; i++) {
    const sum = await attempt(subject, 'vector', (scope, from) => vector.sumOfSquares(scope, from(drawn, [terms])))
    if (!sum) return
    sums.push(sum[0])
  }
  if (sums.some((sum) => !Object.is(sum, sums[0])))
    throw new Violation(`${but(subject, 'vector')}the sum of the same ${terms} squares is ${sums.join(', then ')}`)
}

/** What is declared beside what was seen. */
function notesOf(
  { backend, dtype }: Declared,
  rounding: SeenRounding,
  functions: SeenFunctions,
  transformed: boolean,
): string[] {
  const kernels = backend.arithmetic?.[dtype]?.kernels ?? {}
  const isOwn = (kernel: KernelName) => kernels[kernel]?.unitRoundoff !== undefined
  const largest = Math.max(0, ...[...rounding].flatMap(([kernel, u]) => (isOwn(kernel) ? [] : [u])))
  const own = [...rounding].filter(([kernel]) => isOwn(kernel)).map(([kernel, u]) => `, in ${kernel} ${power(u)}`)
  const accuracies = [...functions].map(([name, ulps]) => `${name} ${ulps.toPrecision(2)}`)
  const isWinograd = arithmeticOf(backend, dtype, 'conv2d').convolution === 'winograd'
  return [
    [
      `declared ${arithmeticText(arithmeticOf(backend, dtype))}`,
      `seen unit roundoff ${power(largest)}${own.join('')}${isWinograd ? `, ${transformed ? 'Winograd' : 'direct'} convolutions` : ''}`,
      ...(accuracies.length > 0 ? [`errors of functions in ulps ${accuracies.join(', ')}`] : []),
    ].join('; '),
  ]
}
