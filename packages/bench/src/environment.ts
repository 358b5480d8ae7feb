import { execFile } from 'node:child_process'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
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
  /** Null outside a git repository. */
  readonly commit: string | null
  /** Average of the last minute, when the run began: above 1 something else was running too. */
  readonly load: number
}

export async function readEnvironment(): Promise<Environment> {
  return {
    time: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memory: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    commit: await commit(),
    load: loadavg()[0] ?? 0,
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
