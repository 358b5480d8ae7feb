import type { FloatDType } from '@convkit/api'
import { createClaims, slot, spins } from '../claims.js'
import { instantiate, kernelList } from '../instance.js'

export interface WorkerData {
  readonly memory: WebAssembly.Memory
  readonly modules: { readonly [D in FloatDType]: WebAssembly.Module }
  /** Number of this thread; the caller is 0. */
  readonly thread: number
}

/** A worker's whole life: say that it is ready, take chunks where there are any, else spin briefly, then sleep. */
export function serve({ memory, modules, thread }: WorkerData, ready: () => void): never {
  const kernels = kernelList(modules, instantiate(modules, memory))
  const claims = createClaims(memory)
  const { control } = claims
  ready()
  while (true) {
    const seen = Atomics.load(control, slot.state)
    try {
      if (claims.take(kernels, thread)) continue
    } catch {
      // The caller finds it in the control block.
      continue
    }
    let spin = 0
    while (spin < spins && Atomics.load(control, slot.state) === seen) spin++
    if (spin < spins) continue
    Atomics.add(control, slot.asleep, 1)
    Atomics.wait(control, slot.state, seen)
    Atomics.sub(control, slot.asleep, 1)
  }
}
