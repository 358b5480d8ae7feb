import type { NamedBytes, Request } from '@convkit/conformance'
import type { BackendId } from '../backends.js'

/** A backend of the page's own, or the text of a visitor's module. */
export type Source =
  | { readonly kind: 'known'; readonly id: BackendId }
  | { readonly kind: 'file'; readonly name: string; readonly code: string }

/** What a worker is asked first. It is given the reference files: one that runs foreign code may fetch nothing. */
export interface Open {
  readonly type: 'open'
  readonly source: Source
  readonly references: readonly NamedBytes[]
}

export type Asked = Open | Request
