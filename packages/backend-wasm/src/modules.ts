import { ConfigError } from '@convkit/api'
import { platform } from '#platform'
import type { Modules } from './instance.js'
import { fuses, hasRelaxedSimd, type MemoryKind, moduleUrls, type Simd } from './variant.js'

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

/** Both modules of a variant, from this package or from `folder`. */
export async function compileModules(simd: Simd, memory: MemoryKind, folder: URL | null = null): Promise<Modules> {
  const variant = `${simd}-${memory}` as const
  const [float32, float64] = await Promise.all(
    (['float32', 'float64'] as const).map(async (dtype) => {
      const url = folder ? new URL(`${dtype}-${variant}.wasm`, folder) : moduleUrls[dtype][variant]()
      const bytes = await load(url)
      try {
        return await WebAssembly.compile(bytes)
      } catch (cause) {
        throw refused(cause)
      }
    }),
  )
  return { float32, float64 }
}

async function load(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await platform.load(url)
  } catch (cause) {
    throw new ConfigError(
      `wasm: cannot load ${url}: ${messageOf(cause)}; the option wasmUrl says where the folder wasm/ of @convkit/backend-wasm is`,
      { cause },
    )
  }
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

function messageOf(error: unknown): string {
  return String(Object(error).message ?? error)
}
