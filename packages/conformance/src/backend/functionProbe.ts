import type { FloatDType, FloatTensor, KernelName, Scope } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { DoubleDouble } from '../core/doubleDouble.js'
import type { FunctionName, Unit } from '../core/unit.js'
import type { From } from './probes.js'

/** A value of a function as a kernel gave it, and the true one. */
export interface Point {
  /** `exp(-31.5)` */
  readonly name: string
  readonly got: number
  readonly value: DoubleDouble
  /** What the rest of the formula may bring in, in whatever way it is arranged. */
  readonly slack: number
}

/** Reads what is queued; null where the backend has no such kernel. */
export type Attempt = (
  task: (scope: Scope, from: From) => FloatTensor | readonly FloatTensor[],
) => Promise<Float64Array | null>

export interface Ground {
  readonly dtype: FloatDType
  readonly unit: Unit
  readonly random: Random
}

/** Isolates a function in a kernel that uses it: its values and exact arithmetic, or arithmetic that is accounted for. */
export interface FunctionProbe {
  readonly kernel: KernelName
  readonly function: FunctionName
  points(attempt: Attempt, ground: Ground): Promise<readonly Point[]>
}

export const count = 16

/** Numbers of the dtype in [least, most). */
export function draw({ dtype, random }: Ground, [least, most]: readonly [number, number]): Float64Array {
  const round = dtype === 'float32' ? Math.fround : Number
  return Float64Array.from({ length: count }, () => round(least + (most - least) * random.uniform()))
}

export const filled = (value: number) => new Float64Array(count).fill(value)

export function pointsOf(
  got: Float64Array | null,
  point: (i: number) => Omit<Point, 'got'>,
  at: (i: number) => number = (i) => i,
): Point[] {
  return got ? Array.from({ length: count }, (_, i) => ({ ...point(i), got: got[at(i)] })) : []
}
