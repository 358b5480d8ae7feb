import { type Arithmetic, type Backend, conv2d, type FloatDType, Scope, UnsupportedError, vector } from '@convkit/api'
import { Random } from '@convkit/data'
import { gamma } from '../core/bounds.js'
import type { Check } from '../core/check.js'
import { holds } from '../core/property.js'
import { seeds } from '../core/shapes.js'
import { Violation } from '../core/violation.js'
import { exactly, type From, type Probe, type Probes, probes, size, stateProbes } from './probes.js'

const plain: { readonly [D in FloatDType]: Arithmetic } = {
  float32: { unitRoundoff: 2 ** -24, subnormals: 'kept', nonFinite: 'ieee', deterministic: true },
  float64: { unitRoundoff: 2 ** -53, subnormals: 'kept', nonFinite: 'ieee', deterministic: true },
}
/** The smallest and the largest normal number. */
const ends = {
  float32: { least: 2 ** -126, most: 2 ** 127 },
  float64: { least: 2 ** -1022, most: 2 ** 1023 },
} as const
/** bfloat16's: the coarsest arithmetic that anyone trains in. Bounds made of more would let everything pass. */
const coarsest = 2 ** -8

const says =
  'it computes as its `arithmetic` declares: unit roundoff, subnormals, NaN and infinities, the same bits again'

/** The declaration itself, or plain IEEE 754 where there is none. */
export function declarationCheck(dtype: FloatDType): Check {
  return {
    id: `backend/declaration/${dtype}`,
    layer: 'backend',
    law: 'declaration',
    dtype,
    says,
    async run(context) {
      const declared = context.backend.arithmetic?.[dtype] ?? plain[dtype]
      let [seen, transformed] = [0, false]
      const outcome = await holds(context, seeds, async (seed) => {
        const random = new Random(seed)
        const subject = { backend: context.backend, dtype, declared }
        checkRange(subject)
        seen = Math.max(seen, await measureRounding(subject, random))
        const { subnormals } = declared
        await checkPairs(subject, subnormalPairs(dtype), { flushed: subnormals === 'flushed' })
        await checkPairs(subject, subnormalPairs(dtype), { flushed: subnormals !== 'kept', among: stateProbes })
        await checkPairs(subject, leastPairs(dtype), { among: stateProbes })
        if (declared.nonFinite === 'ieee') await checkPairs(subject, nonFinitePairs(dtype))
        if (declared.deterministic) await checkDeterministic(subject, random)
        if (await isTransformed(subject, random)) transformed = true
      })
      const way = declared.convolution === 'winograd' ? `, ${transformed ? 'Winograd' : 'direct'} convolutions` : ''
      return { ...outcome, notes: [`declared ${spell(declared)}; seen unit roundoff ${power(seen)}${way}`] }
    },
  }
}

function spell(declared: Arithmetic): string {
  const { unitRoundoff, subnormals, nonFinite, deterministic, convolution, functionUlps = {} } = declared
  const ulps = Object.entries(functionUlps).map(([name, value]) => `${name} to ${value} ulps`)
  const others = nonFinite === 'ieee' ? 'NaN and infinities kept' : 'nothing of NaN and infinities'
  return [
    `unit roundoff ${power(unitRoundoff)}`,
    `subnormals ${subnormals === 'stateFlushed' ? 'flushed in optimizer state' : subnormals}`,
    others,
    deterministic ? 'deterministic' : 'not deterministic',
    ...(convolution === 'winograd' ? ['Winograd convolutions'] : []),
    ...ulps,
  ].join(', ')
}

function power(value: number): string {
  return value > 0 ? `2^${Math.round(Math.log2(value))}` : '0'
}

function checkRange({ declared: { unitRoundoff: u }, dtype }: Declared): void {
  const own = plain[dtype].unitRoundoff
  if (u >= own && u <= coarsest) return
  const limit = u < own ? `finer than ${dtype} itself, ${power(own)}` : `coarser than bfloat16's, ${power(coarsest)}`
  throw new Violation(`declaration: a unit roundoff of ${power(u)} is ${limit}`)
}

interface Declared {
  readonly backend: Backend
  readonly dtype: FloatDType
  readonly declared: Arithmetic
}

/** Runs a probe; null where the backend lacks its kernel. */
async function run(
  { backend, dtype }: Declared,
  probe: Probe,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Promise<ArrayLike<number> | null> {
  using scope = new Scope(backend)
  const from: From = (values, shape) =>
    dtype === 'float32' ? scope.from(Float32Array.from(values), shape) : scope.from(Float64Array.from(values), shape)
  try {
    return await probe.queue(scope, from, a, b).read()
  } catch (error) {
    if (error instanceof UnsupportedError) return null
    throw error
  }
}

/** The largest error of one rounding that shows, relative to the result; numbers have full significands, in [1, 2). */
async function measureRounding(subject: Declared, random: Random): Promise<number> {
  const { dtype, declared } = subject
  const draw = () => (dtype === 'float32' ? Math.fround(1 + random.uniform()) : 1 + random.uniform())
  let [seen, ran] = [0, false]
  for (const [name, probe] of Object.entries(probes)) {
    const a = Float64Array.from({ length: size }, draw)
    const same = probe.constant === 'one' ? 1 : draw()
    const b = probe.constant ? new Float64Array(size).fill(same) : a.map(draw)
    const got = await run(subject, probe, a, b)
    if (!got) continue
    ran = true
    for (let i = 0; i < size; i++) {
      const { value, rest } = exactly(probe.operation, a[i], b[i])
      const error = Math.abs(got[i] - value - rest) / value
      if (!(error <= gamma(probe.roundings, { u: declared.unitRoundoff })))
        throw new Violation(
          `declaration: declared unit roundoff ${power(declared.unitRoundoff)}, but ${name}: ${a[i]} ${probe.operation} ${b[i]} is ${got[i]}, off by ${power(error)} of ${value}, where ${probe.roundings} rounding${probe.roundings > 1 ? 's' : ''} may be`,
        )
      seen = Math.max(seen, error / probe.roundings)
    }
  }
  if (!ran) throw new UnsupportedError('declaration: no kernel multiplies or adds', { missing: true })
  return seen
}

type Pair = readonly [operation: Probe['operation'], a: number, b: number]

/** Results and operands below the smallest normal number. */
function subnormalPairs(dtype: FloatDType): Pair[] {
  const { least } = ends[dtype]
  return [
    ['times', 1.5 * least, 0.5],
    ['times', 0.75 * least, 1],
    ['plus', 1.5 * least, -least],
    ['plus', 0.5 * least, 0.25 * least],
  ]
}

/** The smallest normal number itself, which nothing may flush. */
function leastPairs(dtype: FloatDType): Pair[] {
  const { least } = ends[dtype]
  return [
    ['times', 2 * least, 0.5],
    ['times', -least, 1],
  ]
}

function nonFinitePairs(dtype: FloatDType): Pair[] {
  const { most } = ends[dtype]
  return [
    ['times', Number.POSITIVE_INFINITY, 0],
    ['times', Number.NEGATIVE_INFINITY, 2],
    ['times', Number.NaN, 0],
    ['times', most, 4],
    ['plus', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ['plus', Number.NaN, 1],
    ['plus', most, most],
  ]
}

/** Pairs whose results need no rounding. */
async function checkPairs(
  subject: Declared,
  pairs: readonly Pair[],
  { flushed = false, among = probes }: { readonly flushed?: boolean; readonly among?: Probes } = {},
): Promise<void> {
  const { dtype, declared } = subject
  const round = dtype === 'float32' ? Math.fround : (value: number) => value
  for (const [operation, a, b] of pairs)
    for (const [name, probe] of Object.entries(among)) {
      if (probe.operation !== operation || (probe.constant === 'one' && b !== 1)) continue
      const got = await run(subject, probe, new Float64Array(size).fill(a), new Float64Array(size).fill(b))
      const expected = round(operation === 'times' ? a * b : a + b)
      for (const value of got ? Array.from(got) : [])
        if (!Object.is(value, expected) && !(flushed && value === 0))
          throw new Violation(
            `declaration: declared ${spell(declared)}, but ${name}: ${a} ${operation} ${b} is ${value}, not ${expected}`,
          )
    }
}

const terms = 4097

async function checkDeterministic({ backend, dtype, declared }: Declared, random: Random): Promise<void> {
  using scope = new Scope(backend)
  const drawn = random.normal(terms)
  const x = dtype === 'float32' ? scope.from(Float32Array.from(drawn), [terms]) : scope.from(drawn, [terms])
  const sums: number[] = []
  try {
    for (let i = 0; i < 3; i++) sums.push((await vector.sumOfSquares(scope, x).read())[0])
  } catch (error) {
    if (error instanceof UnsupportedError) return
    throw error
  }
  if (sums.some((sum) => !Object.is(sum, sums[0])))
    throw new Violation(
      `declaration: declared ${spell(declared)}, but the sum of the same ${terms} squares is ${sums.join(', then ')}`,
    )
}

const [channels, side] = [32, 8]

/**
 * Whether a 3 x 3 convolution lets in what its kernel multiplies by 0. Each filter copies one pixel of its window, among
 * neighbours up to 2^16 times as large: sums of products add zeros to it, transforms add the neighbours and take them off again.
 * Throws where a backend does so that declares to be direct.
 */
async function isTransformed({ backend, dtype, declared }: Declared, random: Random): Promise<boolean> {
  using scope = new Scope(backend)
  const from = (values: Float64Array, shape: readonly number[]) =>
    dtype === 'float32' ? scope.from(Float32Array.from(values), shape) : scope.from(values, shape)
  const round = dtype === 'float32' ? Math.fround : (value: number) => value
  const x = Float64Array.from({ length: channels * side * side }, () =>
    round((1 + random.uniform()) * 2 ** (16 * random.integer(2))),
  )
  const taps = Array.from({ length: channels }, () => random.integer(9))
  const w = new Float64Array(channels * channels * 9)
  for (const [f, tap] of taps.entries()) w[(f * channels + f) * 9 + tap] = 1
  let got: ArrayLike<number>
  try {
    const operands = { x: from(x, [1, channels, side, side]), w: from(w, [channels, channels, 3, 3]) }
    got = await conv2d.forward(scope, operands, { pad: 1 }).y.read()
  } catch (error) {
    if (error instanceof UnsupportedError) return false
    throw error
  }
  const most = gamma(3, { u: declared.unitRoundoff })
  for (let i = 0; i < got.length; i++) {
    const [f, p, q] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side]
    const [h, k] = [p + Math.floor(taps[f] / 3) - 1, q + (taps[f] % 3) - 1]
    const pixel = h < 0 || h >= side || k < 0 || k >= side ? 0 : x[(f * side + h) * side + k]
    if (Math.abs(got[i] - pixel) <= most * pixel) continue
    if (declared.convolution === 'winograd') return true
    throw new Violation(
      `declaration: declared ${spell(declared)}, but conv2d makes ${got[i]} of ${pixel} times 1 and its neighbours times 0: it transforms them, as Winograd's algorithm does`,
    )
  }
  return false
}
