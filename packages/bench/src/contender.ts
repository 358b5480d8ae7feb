import type { Backend, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { createWasm } from '@convkit/backend-wasm'
import { prepare } from '@convkit/conformance'
import { specOf } from './gate.js'
import type { Runnable } from './runnable.js'
import { prepareStep } from './training.js'
import { createCase, type Workload } from './workload.js'

/** A backend of convkit's in one dtype. */
export interface Contender {
  readonly name: string
  readonly backend: Backend
  readonly dtype: FloatDType
  readonly threads: number
}

/** All ratios are over it. */
export const baseline = 'naive float64'
/** What other libraries are compared with: one thread, float32, the fastest that there is. */
export const champion = 'wasm float32'
export const withoutFma = 'wasm float32 without FMA'
export const double = 'wasm float64'
export const threaded = 'wasm float32, 2 threads'

export async function createContenders(): Promise<Contender[]> {
  const single = await createWasm({ threads: 1 })
  const plain = await createWasm({ threads: 1, fma: false })
  const two = await createWasm({ threads: 2 })
  return [
    { name: baseline, backend: createNaive(), dtype: 'float64', threads: 1 },
    { name: champion, backend: single, dtype: 'float32', threads: 1 },
    { name: withoutFma, backend: plain, dtype: 'float32', threads: 1 },
    { name: double, backend: single, dtype: 'float64', threads: 1 },
    { name: threaded, backend: two, dtype: 'float32', threads: 2 },
  ]
}

/** Inputs in place; what a backend cannot do throws its `UnsupportedError`. */
export function prepareWorkload(
  workload: Workload,
  { backend, dtype }: Pick<Contender, 'backend' | 'dtype'>,
): Runnable {
  if (workload.kind === 'training') return prepareStep(workload, backend, dtype)
  const calls = prepare(specOf(workload.layer), backend, dtype, createCase(workload))
  const { forward, backward } = calls
  return {
    calls: {
      forward,
      ...(backward && {
        backward,
        both() {
          forward()
          backward()
        },
      }),
    },
    missing: {},
    sync: calls.sync,
    [Symbol.dispose]: () => calls[Symbol.dispose](),
  }
}
