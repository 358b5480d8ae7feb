import type { Backend } from '@convkit/api'
import { ConfigError } from '@convkit/api'

/** What stands beside `name` in `{ name, ...options }`. */
export type BackendOptions = { readonly [option: string]: unknown }

export interface KnownBackend {
  /** The npm package it comes from. */
  readonly from: string
  create(options: BackendOptions): Promise<Backend>
}

/** The backends that have a name of their own, each imported only when it is asked for. */
export const backends: { readonly [name: string]: KnownBackend } = {
  naive: {
    from: '@convkit/backend-naive',
    async create(options) {
      noOptions('naive', options)
      const { createNaive } = await import('@convkit/backend-naive')
      return createNaive()
    },
  },
}

function noOptions(name: string, options: BackendOptions): void {
  const [first] = Object.keys(options)
  if (first !== undefined) throw new ConfigError(`backend ${name} takes no options, got ${first}`)
}
