import { type Backend, ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { specs } from '../checks.js'
import { infoOf } from '../conformance.js'
import type { Check, CheckContext } from '../core/check.js'
import { runSteps } from '../replay/run.js'
import type { BackendInfo } from '../report/report.js'
import { measure } from '../speed/measure.js'
import { runTrial } from '../trial.js'
import type { Beat, Reply, Request, Trouble } from './host.js'

/** What a host does: it has one backend, and is asked one thing at a time. */
export interface Answerer {
  /** `create` makes another of the same, for the few checks that need one to themselves. */
  open(backend: Backend, checks: readonly Check[], create?: CheckContext['create']): BackendInfo
  /** Rejects where nothing was opened, or there is no such check. Beats are told on the way. */
  answer(request: Request, tell: (beat: Beat) => void): Promise<Reply>
}

export function createAnswerer(): Answerer {
  const oracle = createNaive()
  let opened: (Pick<CheckContext, 'backend' | 'create'> & { readonly checks: ReadonlyMap<string, Check> }) | null = null
  return {
    open(backend, checks, create) {
      opened = { backend, checks: new Map(checks.map((check) => [check.id, check])), ...(create ? { create } : {}) }
      return infoOf(backend)
    },

    async answer(request, tell) {
      if (!opened) throw new Error('no backend was opened')
      const { backend, checks, create } = opened
      if (request.type === 'close') {
        await backend.close?.()
        return { type: 'closed' }
      }
      if (request.type === 'speed') {
        const spec = specs.find(({ layer }) => layer === request.layer)
        return { type: 'speed', rows: spec ? await measure(spec, backend, oracle, request.dtype, request.seed) : [] }
      }
      if (request.type === 'trial')
        return { type: 'tried', result: await runTrial(backend, request.seed, request.runs) }
      const { timeLimit, ...settings } = request.settings
      let told = Number.NEGATIVE_INFINITY
      const executed = await runSteps(
        checks,
        request.steps,
        { backend, oracle, ...settings, ...(create ? { create } : {}) },
        timeLimit,
        (progress) => {
          const now = performance.now()
          if (now - told < request.beat) return
          // That a check begins may not hide its first case.
          if (progress.of > 0) told = now
          tell({ type: 'beat', progress })
        },
      )
      return { type: 'executed', executed }
    },
  }
}

export function troubleOf(error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error)
  return { type: 'trouble', message, usage: error instanceof ConfigError }
}

/** The backend that a module exports: `createBackend(options)`, `backend` or a default. Throws `ConfigError` for none. */
export async function backendIn(
  exports: { readonly [name: string]: unknown },
  file: string,
  options?: unknown,
): Promise<Backend> {
  const made = typeof exports.createBackend === 'function' ? await exports.createBackend(options) : exports.backend
  const backend: unknown = made ?? exports.default
  if (!isBackend(backend))
    throw new ConfigError(`${file}: must export createBackend(options), backend or a default with the four functions`)
  return backend
}

function isBackend(value: unknown): value is Backend {
  if (typeof value !== 'object' || value === null) return false
  const wanted = ['alloc', 'free', 'write', 'read'].every((name) => typeof Reflect.get(value, name) === 'function')
  return wanted && 'name' in value && 'kernels' in value
}
