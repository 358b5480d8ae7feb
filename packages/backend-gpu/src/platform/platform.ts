import type { OpenProvider, ProviderName } from '../providers/provider.js'

export interface Platform {
  /** Each loaded when it is asked for: none needs the packages of another. */
  readonly providers: { readonly [N in ProviderName]?: () => Promise<OpenProvider> }
  /** In the order of preference. */
  readonly automatic: readonly ProviderName[]
  /** Whether onnxruntime is WebAssembly here, in files of its own. */
  readonly wasm: boolean
}
