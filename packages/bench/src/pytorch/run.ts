import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ConfigError, ConvkitError } from '@convkit/api'
import { type Load, reasonOf } from '../contender.js'
import { parseJson } from '../json.js'
import { withPeersOf } from '../merge.js'
import type { Report } from '../report.js'
import { entrantsOf } from '../tables/rows.js'
import type { TrainingWorkload } from '../workload/workload.js'
import { netFile } from './net.js'

/**
 * glibc keeps what was freed for the next step. By its own rule it gives large blocks back to the system, and a step of a large
 * batch pays for fresh pages: PyTorch would seem to be a quarter as fast.
 */
const keptMemory = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 33),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_TOP_PAD_: String(2 ** 30),
}

/** Throws `ConfigError` where this Python cannot be run, or has no PyTorch. */
export async function checkPytorch(python: string): Promise<void> {
  try {
    await promisify(execFile)(python, ['-c', 'import torch'])
  } catch (error) {
    const text = error instanceof Error ? error.message.trim() : String(error)
    throw new ConfigError(
      `pytorch: ${python} cannot import torch (${text.split('\n').at(-1)}); install PyTorch, or name a Python that has it`,
    )
  }
}

export interface PytorchOptions {
  /** The command. */
  readonly python: string
  readonly workloads: readonly TrainingWorkload[]
  readonly load: Load
  readonly quick: boolean
  /** Called before each process. */
  readonly onProgress?: (what: string) => void
}

/** The report with PyTorch's rows of its nets, on each number of threads that a contender has; one that fails is a failure of it. */
export async function withPytorch(report: Report, options: PytorchOptions): Promise<Report> {
  const { python, workloads, load, quick, onProgress } = options
  const [reference] = entrantsOf(report)
  if (!reference) return report
  const folder = await mkdtemp(join(tmpdir(), 'convkit-pytorch-'))
  const backend = await load(reference.backend)
  try {
    const files: string[] = []
    for (const [i, workload] of workloads.entries()) {
      const file = join(folder, `${i}.safetensors`)
      await writeFile(file, await netFile(workload, backend))
      files.push(file)
    }
    let whole = report
    for (const threads of new Set(entrantsOf(report).map(({ threads }) => threads))) {
      onProgress?.(`PyTorch, ${threads} ${threads === 1 ? 'thread' : 'threads'}`)
      const json = join(folder, `${threads}.json`)
      const args = ['--json', json, '--threads', String(threads), ...(quick ? ['--quick'] : []), '--nets', ...files]
      await runScript(python, args)
      whole = withPeersOf(whole, json, parseJson(json, await readFile(json, 'utf8')))
    }
    return whole
  } catch (error) {
    return { ...report, failures: [...report.failures, `pytorch: ${reasonOf(error)}`] }
  } finally {
    await backend.close?.()
    await rm(folder, { recursive: true })
  }
}

async function runScript(python: string, args: readonly string[]): Promise<void> {
  const script = fileURLToPath(new URL('../../python/bench.py', import.meta.url))
  const env = { ...process.env, ...keptMemory, PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(python, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new ConvkitError(`its process ended with ${code}`)
}
