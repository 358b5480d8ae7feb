import type { Cost, FloatDType } from '@convkit/api'
import type { Absent } from './contender.js'
import type { Environment } from './environment.js'
import type { Differences } from './gate/gate.js'
import type { MemoryPeak } from './memory/memory.js'
import type { Peaks } from './peak.js'
import type { Profile } from './profile.js'
import type { Transfer } from './transfers.js'
import type { Group } from './workload/schema.js'
import type { Pass, Point } from './workload/workload.js'

/**
 * `unsupported`: the contender cannot do it. `wrong`: its results are outside their bounds. `failed`: it threw.
 * `left out`: it could, but would take too long.
 */
export type Status = 'measured' | 'unsupported' | 'wrong' | 'failed' | 'left out'

/** One contender or peer in one pass of one workload: its samples, or why there are none. */
export interface Measurement {
  readonly workload: string
  readonly pass: Pass
  readonly contender: string
  readonly status: Status
  readonly cost: Cost
  /** Milliseconds a call, one number a sample, in the order taken; empty where there is a reason. */
  readonly milliseconds: readonly number[]
  /** Milliseconds of the very first call, compiling included; null where it was not timed apart. */
  readonly first: number | null
  readonly reason: string | null
}

/** All that a run has seen. Whatever the tables show follows from it. */
export interface Report {
  readonly version: 1
  readonly command: string
  readonly environment: Environment
  /** A quick run takes fewer samples, and leaves workloads out. */
  readonly quick: boolean
  /** Seconds. */
  readonly duration: number
  /** Processors that other programs kept busy meanwhile, on average: no figure is better than this is small. */
  readonly others: number
  readonly peaks: Peaks
  /** The first is the baseline. Peers are compared with the second. */
  readonly contenders: readonly ContenderInfo[]
  readonly peers: readonly PeerInfo[]
  readonly workloads: readonly WorkloadInfo[]
  readonly measurements: readonly Measurement[]
  /** How far each contender's results are from the baseline's. */
  readonly differences: readonly {
    readonly workload: string
    readonly contender: string
    readonly outputs: Differences
  }[]
  readonly transfers: readonly Transfer[]
  readonly memory: readonly MemoryPeak[]
  readonly profiles: readonly Profile[]
  /** Backends and libraries that could not be had, and workloads that were not asked for. */
  readonly absent: readonly Absent[]
  /** Wrong results and errors: the run has failed. */
  readonly failures: readonly string[]
}

export interface ContenderInfo {
  readonly name: string
  readonly backend: string
  readonly description: string
  readonly dtype: FloatDType
  readonly threads: number
}

export interface PeerInfo {
  readonly name: string
  readonly description: string
  readonly threads: number
  /** How it was built and run, a line each, where that is for the reader to judge. */
  readonly setup: readonly string[]
}

export interface WorkloadInfo {
  readonly name: string
  readonly title: string
  readonly group: Group
  readonly passes: readonly Pass[]
  readonly point: Point | null
  /** Seconds that it took in all, its gate included. */
  readonly seconds: number
  /** Images of one call, in training; null for a layer. */
  readonly images: { readonly [P in Pass]?: number } | null
}
