import { availableParallelism } from 'node:os'
import type { Backend, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

/** Who takes part: a backend as the configuration names it (`wasm:threads=1`), in one dtype. */
export interface Entrant {
  readonly name: string
  readonly backend: string
  readonly dtype: FloatDType
}

export interface Contender extends Entrant {
  readonly instance: Backend
  /** That it computes on at most: its peak is that of so many. */
  readonly threads: number
}

/** Makes a backend without a fallback, or says why not. */
export type Load = (backend: string) => Promise<Backend>

/** All ratios are over it. */
export const baseline: Contender = {
  name: 'naive float64',
  backend: 'naive',
  dtype: 'float64',
  instance: createNaive(),
  threads: 1,
}

export interface Absent {
  readonly name: string
  readonly reason: string
}

/** Opens every backend once, also where it enters in two dtypes; those that cannot be had are absent. */
export async function createContenders(
  entrants: readonly Entrant[],
  load: Load,
): Promise<{ contenders: Contender[]; absent: Absent[] }> {
  const opened = new Map<string, Backend | string>()
  const contenders: Contender[] = []
  const absent: Absent[] = []
  for (const entrant of entrants) {
    const { backend } = entrant
    const instance = opened.get(backend) ?? (await load(backend).catch(reasonOf))
    opened.set(backend, instance)
    const reason = typeof instance === 'string' ? instance : whyNot(instance, entrant.dtype)
    if (typeof instance === 'string' || reason !== null) absent.push({ name: entrant.name, reason: reason ?? '' })
    else contenders.push({ ...entrant, instance, threads: threadsOf(backend) })
  }
  return { contenders, absent }
}

function whyNot({ kernels }: Backend, dtype: FloatDType): string | null {
  return kernels[dtype] ? null : `it has no kernels in ${dtype}`
}

export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}

/** Threads that are named with the backend; otherwise it may use every processor. */
function threadsOf(backend: string): number {
  const [, threads] = /\bthreads=(\d+)/.exec(backend) ?? []
  if (threads !== undefined) return Number(threads)
  return backend === baseline.backend ? 1 : availableParallelism()
}
