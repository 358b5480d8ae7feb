import type { Cost, FloatDType } from '@convkit/api'
import type { Environment } from './environment.js'
import type { Peaks } from './peak.js'
import type { Pass } from './workload.js'

/** One contender or peer in one pass of one workload: its samples, or why there are none. */
export interface Measurement {
  readonly workload: string
  readonly pass: Pass
  readonly contender: string
  readonly cost: Cost
  /** Milliseconds a call, one number a sample; empty where there is a reason. */
  readonly milliseconds: readonly number[]
  readonly reason: string | null
}

/** All that a run has seen. Whatever the tables show follows from it. */
export interface Report {
  readonly command: string
  readonly environment: Environment
  /** Processors that other programs kept busy meanwhile, on average: no figure is better than this is small. */
  readonly others: number
  readonly peaks: Peaks
  readonly contenders: readonly ContenderInfo[]
  readonly peers: readonly { readonly name: string; readonly description: string }[]
  readonly workloads: readonly WorkloadInfo[]
  readonly measurements: readonly Measurement[]
  /** Wrong results: the run has failed. */
  readonly failures: readonly string[]
}

export interface ContenderInfo {
  readonly name: string
  readonly description: string
  readonly dtype: FloatDType
  readonly threads: number
}

export interface WorkloadInfo {
  readonly name: string
  readonly title: string
  readonly passes: readonly Pass[]
  /** For products of square matrices: their size. */
  readonly size: number | null
}
