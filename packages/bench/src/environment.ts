import { execFile } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { promisify } from 'node:util'

/** Where and on what a report was made. */
export interface Environment {
  readonly time: string
  readonly cpu: string
  readonly processors: number
  /** Bytes. */
  readonly memory: number
  readonly platform: string
  readonly node: string
  readonly v8: string
  readonly convkit: string
  /** Null outside a git repository. */
  readonly commit: string | null
}

export async function readEnvironment(version: string): Promise<Environment> {
  return {
    time: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memory: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    convkit: version,
    commit: await commit(),
  }
}

async function commit(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty', '--abbrev=12'])
    return stdout.trim()
  } catch {
    return null
  }
}

/** Looks at the clocks now; what it returns says how many processors others kept busy since, on average. */
export function watchOthers(): () => number {
  const [start, busy, own] = [performance.now(), busyTime(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(own)
    return Math.max(0, (busyTime() - busy - (user + system) / 1000) / (performance.now() - start))
  }
}

/** Milliseconds that all processors have worked. */
function busyTime(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)
}
