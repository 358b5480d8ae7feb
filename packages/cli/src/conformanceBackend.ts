import type { Backend } from '@convkit/api'
import type { BackendConfig } from 'convkit'
import { loadBackend } from 'convkit/internal'

export interface ConformanceSource {
  readonly config: BackendConfig
  readonly from: string
}

/** What the conformance suite's processes make their backend with: without a fallback, or naive would be on trial. */
export function createBackend({ config, from }: ConformanceSource): Promise<Backend> {
  return loadBackend(config, from)
}
