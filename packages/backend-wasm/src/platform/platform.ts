import type { WorkerData } from '../worker/serve.js'

/** What differs between Node and the browser. */
export interface Platform {
  /** The engine, in words. */
  readonly engine: string
  /** Processors there are. */
  readonly processors: number
  /** Why threads cannot be had, or null. */
  readonly noThreads: string | null
  /** Whether this thread may sleep on shared memory; a browser's main thread may not. */
  readonly maySleep: boolean
  /** Switches relaxed SIMD on where the engine has it behind a flag. */
  enableRelaxedSimd(): void
  /** A folder, as a URL that ends in a slash. */
  folder(place: string | URL): URL
  load(url: URL): Promise<Uint8Array<ArrayBuffer>>
  /** The workers' script in the folder wasm/. */
  readonly scriptName: string
  /** An address for a script of these bytes. */
  script(bytes: Uint8Array<ArrayBuffer>): URL
  /** Runs `script`, or null for this package's own. */
  startWorker(data: WorkerData, events: WorkerEvents, script: URL | null): WorkerHandle
}

export interface WorkerEvents {
  ready(): void
  /** The worker has ended, for this reason. */
  ended(reason: string): void
}

export interface WorkerHandle {
  stop(): Promise<void>
}
