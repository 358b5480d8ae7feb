/** What a fetch is doing: waiting for another process that fetches, downloading (bytes), or writing (batches). */
export interface Progress {
  readonly phase: 'wait' | 'download' | 'write'
  readonly received: number
  /** Null while it is not known. */
  readonly total: number | null
}

export type OnProgress = (progress: Progress) => void
