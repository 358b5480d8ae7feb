import type { Kernels } from '@convkit/api'
import { relu } from './layers/relu.js'
import { vector } from './layers/vector.js'
import type { Storage } from './memory.js'
import type { Runtime } from './runtime.js'

/** One line a layer; the file that does it has the same name, here and in assembly/. */
export function kernelTables(runtime: Runtime): Partial<Kernels<Storage>> {
  return {
    vector: vector(runtime),
    relu: relu(runtime),
  }
}
