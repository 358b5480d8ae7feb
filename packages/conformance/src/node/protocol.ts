import type { Request as HostRequest } from '../isolation/host.js'

/** Where a process of its own finds the backend: a module that exports `createBackend(options)`, `backend` or a default. */
export interface BackendSource {
  /** An absolute path or a file URL; TypeScript too. */
  readonly module: string
  /** What `createBackend` is called with; must survive structured cloning. */
  readonly options?: unknown
}

export interface Open {
  readonly type: 'open'
  readonly source: BackendSource
  readonly fixtures: string | null
}

/** Something else to do there than to hold a backend: `carryOut(about)` of a module. */
export interface Task {
  readonly type: 'task'
  /** A file URL. */
  readonly module: string
  readonly about: object
}

export type Request = Open | Task | HostRequest
