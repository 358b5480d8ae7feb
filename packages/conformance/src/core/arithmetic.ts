import {
  type Accuracy,
  type Arithmetic,
  type Backend,
  type Conventions,
  type ConvolutionArithmetic,
  conventionsOf,
  type FloatDType,
  type KernelArithmetic,
  type KernelName,
  ourConventions,
} from '@convkit/api'
import type { FunctionName, Unit } from './unit.js'

/** What a kernel is held to, declared or not. */
export interface ResolvedArithmetic extends KernelArithmetic, Required<ConvolutionArithmetic> {
  readonly functions: { readonly [F in FunctionName]: Required<Accuracy> }
}

/** IEEE 754. */
export const plain: { readonly [D in FloatDType]: KernelArithmetic } = {
  float32: { unitRoundoff: 2 ** -24, subnormals: 'kept', nonFinite: 'ieee', deterministic: true },
  float64: { unitRoundoff: 2 ** -53, subnormals: 'kept', nonFinite: 'ieee', deterministic: true },
}

/** The smallest normal number, and the smallest of all. */
export const smallest = {
  float32: { normal: 2 ** -126, subnormal: 2 ** -149 },
  float64: { normal: 2 ** -1022, subnormal: 2 ** -1074 },
} as const

/**
 * IEEE 754 rounds sqrt and division correctly and says nothing of exp and log. Common libraries stay below 1 ulp (so does
 * fdlibm, which JavaScript engines use); 2 leaves room for short polynomials in float32.
 */
const plainUlps = { exp: 2, log: 2, sqrt: 0.5, divide: 0.5 } as const

/** What a backend declares for a kernel, or for all, or plain IEEE 754. */
export function arithmeticOf(
  { arithmetic }: Pick<Backend, 'arithmetic'>,
  dtype: FloatDType,
  kernel?: KernelName,
): ResolvedArithmetic {
  const { kernels = {}, ...whole }: Arithmetic = arithmetic?.[dtype] ?? plain[dtype]
  const own = kernel && kernels[kernel]
  const functionUlps = { ...whole.functionUlps, ...own?.functionUlps }
  const ulps = { ...plainUlps, ...functionUlps }
  return {
    convolution: 'direct',
    ...whole,
    ...own,
    functionUlps,
    functions: {
      exp: accuracy(ulps.exp),
      log: accuracy(ulps.log),
      sqrt: accuracy(ulps.sqrt),
      divide: accuracy(ulps.divide),
    },
  }
}

function accuracy(declared: number | Accuracy): Required<Accuracy> {
  return typeof declared === 'number' ? { ulps: declared, absolute: 0 } : { absolute: 0, ...declared }
}

/** How a backend computes: in one kernel, or where no kernel is named in those that declare nothing of their own. */
export function unitOf(backend: Backend, dtype: FloatDType, kernel?: KernelName): Unit {
  const { unitRoundoff, subnormals, functions, convolution } = arithmeticOf(backend, dtype, kernel)
  const { exp, log, sqrt, divide } = functions
  return {
    u: unitRoundoff,
    eta: subnormals === 'flushed' ? smallest[dtype].normal : smallest[dtype].subnormal,
    state: subnormals === 'stateFlushed' ? 2 * smallest[dtype].normal : 0,
    ulps: { exp: exp.ulps, log: log.ulps, sqrt: sqrt.ulps, divide: divide.ulps },
    absolute: { exp: exp.absolute, log: log.absolute, sqrt: sqrt.absolute, divide: divide.absolute },
    convolution,
    conventions: conventionsOf(backend),
    of: (other) => unitOf(backend, dtype, other),
  }
}

/** Whether a kernel computes with all the bits that its storage holds, so that what adds 0 or multiplies by 1 is exact. */
export function isWhole({ u }: Pick<Unit, 'u'>, dtype: FloatDType): boolean {
  return u === plain[dtype].unitRoundoff
}

/** Float64 in every kernel, under these conventions: the oracle's, and of what the suite itself adds up. */
export function exactUnit(conventions: Conventions): Unit {
  return uniform({
    u: 2 ** -53,
    eta: smallest.float64.subnormal,
    state: 0,
    ulps: plainUlps,
    absolute: { exp: 0, log: 0, sqrt: 0, divide: 0 },
    convolution: 'direct',
    conventions,
  })
}

/** The same in every kernel. */
export function uniform(arithmetic: Omit<Unit, 'of'>): Unit {
  const unit: Unit = { ...arithmetic, of: () => unit }
  return unit
}

export const oracleUnit: Unit = exactUnit(ourConventions)
