import { availableParallelism } from 'node:os'
import { ConfigError, type FloatDType } from '@convkit/api'
import type { Entrant } from '@convkit/bench'

/** A whole run, a quick one, or one of the nets of recipes. */
export type Suite = 'whole' | 'quick' | 'recipes'

const float32 = { dtype: 'float32' } as const
const everywhere: readonly Suite[] = ['whole', 'quick', 'recipes']

/**
 * Who takes part when no backend is named. The first is what other libraries are compared with: one thread, float32, the
 * fastest that there is.
 */
export function suite(which: Suite): Entrant[] {
  const processors = availableParallelism()
  const of = (threads: number) => `, ${threads} threads`
  const between = Array.from({ length: 6 }, (_, i) => 2 ** (i + 1)).filter((threads) => threads < processors)
  const all = of(processors)
  const entrants: readonly (Entrant & { readonly in: readonly Suite[] })[] = [
    { name: 'wasm float32', backend: 'wasm:threads=1', ...float32, in: everywhere },
    { name: 'wasm float32 without FMA', backend: 'wasm:threads=1,fma=false', ...float32, in: ['whole'] },
    { name: 'wasm float32, Winograd', backend: 'wasm:threads=1,winograd=true', ...float32, in: ['whole', 'recipes'] },
    { name: 'wasm float64', backend: 'wasm:threads=1', dtype: 'float64', in: ['whole', 'quick'] },
    // The one provider that is everywhere; onnxruntime's own kernels on the processor.
    { name: 'gpu float32 on cpu', backend: 'gpu:provider=cpu,threads=1', ...float32, in: everywhere },
    ...between.map((threads) => ({
      name: `wasm float32${of(threads)}`,
      backend: `wasm:threads=${threads}`,
      ...float32,
      in: ['whole'] as const,
    })),
    ...(processors === 1
      ? []
      : ([
          { name: `wasm float32${all}`, backend: 'wasm', ...float32, in: everywhere },
          { name: `wasm float32, Winograd${all}`, backend: 'wasm:winograd=true', ...float32, in: ['recipes'] },
          { name: `wasm float64${all}`, backend: 'wasm', dtype: 'float64', in: ['whole'] },
          {
            name: `gpu float32 on cpu${all}`,
            backend: `gpu:provider=cpu,threads=${processors}`,
            ...float32,
            in: ['recipes'],
          },
        ] as const)),
  ]
  return entrants.filter((entrant) => entrant.in.includes(which))
}

/** One backend in each dtype. */
export function entrantsOf(backend: string, dtypes: readonly FloatDType[]): Entrant[] {
  if (backend === 'naive') throw new ConfigError('naive float64 is what all are measured against; name another backend')
  return dtypes.map((dtype) => ({ name: `${backend} ${dtype}`, backend, dtype }))
}
