import { availableParallelism } from 'node:os'
import { ConfigError, type FloatDType } from '@convkit/api'
import type { Entrant } from '@convkit/bench'

/**
 * Who takes part when no backend is named. The first is what other libraries are compared with: one thread, float32, the
 * fastest that there is.
 */
export function suite(quick: boolean): Entrant[] {
  const threads = availableParallelism()
  const all = threads > 1 ? `, ${threads} threads` : null
  const entrants: readonly (Entrant & { readonly quick?: boolean })[] = [
    { name: 'wasm float32', backend: 'wasm:threads=1', dtype: 'float32' },
    { name: 'wasm float32 without FMA', backend: 'wasm:threads=1,fma=false', dtype: 'float32', quick: false },
    { name: 'wasm float64', backend: 'wasm:threads=1', dtype: 'float64' },
    ...(all
      ? [
          { name: `wasm float32${all}`, backend: 'wasm', dtype: 'float32' as const },
          { name: `wasm float64${all}`, backend: 'wasm', dtype: 'float64' as const, quick: false },
        ]
      : []),
  ]
  return entrants.filter(({ quick: included = true }) => included || !quick)
}

/** One backend in each dtype. */
export function entrantsOf(backend: string, dtypes: readonly FloatDType[]): Entrant[] {
  if (backend === 'naive') throw new ConfigError('naive float64 is what all are measured against; name another backend')
  return dtypes.map((dtype) => ({ name: `${backend} ${dtype}`, backend, dtype }))
}
