import { ConfigError } from '@convkit/api'
import { platform } from '#platform'
import { ownFiles, type WasmFiles } from './files.js'
import type { Modules } from './instance.js'
import { fuses, hasRelaxedSimd, type MemoryKind, type Simd } from './variant.js'

export function requireWebAssembly(): void {
  if (typeof WebAssembly === 'undefined') throw instead(`${platform.engine} has no WebAssembly, or it is switched off`)
}

/** The modules that are wanted, and that this engine and processor have. */
export function simdOf(fma: boolean | undefined): Simd {
  if (fma === false) return 'simd'
  if (!hasRelaxedSimd()) platform.enableRelaxedSimd()
  if (hasRelaxedSimd() && attempt(fuses)) return 'fma'
  if (fma)
    throw new ConfigError(
      `wasm: fma needs relaxed SIMD and a processor that fuses, which ${platform.engine} does not have here`,
    )
  return 'simd'
}

/** Both modules of a variant. */
export async function compileModules(simd: Simd, memory: MemoryKind, files: WasmFiles = ownFiles): Promise<Modules> {
  const [float32, float64] = await Promise.all(
    (['float32', 'float64'] as const).map(async (dtype) => {
      const bytes = await files.module(`${dtype}-${simd}-${memory}`)
      try {
        return await WebAssembly.compile(bytes)
      } catch (cause) {
        throw refused(cause)
      }
    }),
  )
  return { float32, float64 }
}

function attempt<T>(task: () => T): T {
  try {
    return task()
  } catch (cause) {
    throw refused(cause)
  }
}

/** What an engine says of modules that are right: it has no SIMD, or may not compile. */
function refused(cause: unknown): ConfigError {
  return instead(`${platform.engine} does not compile its modules: ${messageOf(cause)}`, cause)
}

function instead(reason: string, cause?: unknown): ConfigError {
  return new ConfigError(`wasm: ${reason}; backend naive needs none of it`, { cause })
}

export function messageOf(error: unknown): string {
  return String(Object(error).message ?? error)
}
