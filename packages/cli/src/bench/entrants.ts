import { availableParallelism } from 'node:os'
import { ConfigError, type FloatDType } from '@convkit/api'
import type { Entrant } from '@convkit/bench'

/**
 * Who takes part when no backend is named. The first is what other libraries are compared with: one thread, float32, the
 * fastest that there is.
 */
export function suite(quick: boolean): Entrant[] {
  const processors = availableParallelism()
  const of = (threads: number) => `, ${threads} threads`
  const between = Array.from({ length: 6 }, (_, i) => 2 ** (i + 1)).filter((threads) => threads < processors)
  const entrants: readonly (Entrant & { readonly quick: boolean })[] = [
    { name: 'wasm float32', backend: 'wasm:threads=1', dtype: 'float32', quick: true },
    { name: 'wasm float32 without FMA', backend: 'wasm:threads=1,fma=false', dtype: 'float32', quick: false },
    { name: 'wasm float32, Winograd', backend: 'wasm:threads=1,winograd=true', dtype: 'float32', quick: false },
    { name: 'wasm float64', backend: 'wasm:threads=1', dtype: 'float64', quick: true },
    // The one provider that is everywhere; onnxruntime's own kernels on the processor.
    { name: 'gpu float32 on cpu', backend: 'gpu:provider=cpu,threads=1', dtype: 'float32', quick: true },
    ...between.map((threads) => ({
      name: `wasm float32${of(threads)}`,
      backend: `wasm:threads=${threads}`,
      dtype: 'float32' as const,
      quick: false,
    })),
    ...(processors === 1
      ? []
      : [
          { name: `wasm float32${of(processors)}`, backend: 'wasm', dtype: 'float32' as const, quick: true },
          { name: `wasm float64${of(processors)}`, backend: 'wasm', dtype: 'float64' as const, quick: false },
        ]),
  ]
  return entrants.filter((entrant) => !quick || entrant.quick)
}

/** One backend in each dtype. */
export function entrantsOf(backend: string, dtypes: readonly FloatDType[]): Entrant[] {
  if (backend === 'naive') throw new ConfigError('naive float64 is what all are measured against; name another backend')
  return dtypes.map((dtype) => ({ name: `${backend} ${dtype}`, backend, dtype }))
}
