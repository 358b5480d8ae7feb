import { ConvkitError, type Data, type DType } from '@convkit/api'
import type { Resident } from './providers/provider.js'

/** What `alloc` hands out: a place whose value changes with every call that writes it. */
export interface Storage {
  readonly length: number
  readonly dtype: DType
  /** What was written last; null before that, and once it is freed. */
  version: Version | null
  live: boolean
}

/**
 * One value of a storage, from the call that makes it until nothing can read it any more. Versions never change: a call
 * that overwrites makes a new one, so order and aliases need no care.
 */
export class Version {
  readonly length: number
  readonly dtype: DType
  /** Storages that hold it now. */
  bindings = 0
  /** Reads, recorded calls and runs under way that need it. */
  pins = 0
  /** Whether the host waits for it. */
  wanted = false
  #content: Data | Resident | null
  #lost: unknown = null

  constructor(length: number, dtype: DType, content: Data | null = null) {
    this.length = length
    this.dtype = dtype
    this.#content = content
  }

  get computed(): boolean {
    return this.#content !== null
  }

  /** Throws where the run that should have computed it failed. */
  get content(): Data | Resident {
    if (this.#content === null)
      throw new ConvkitError('gpu: this value was lost when an earlier call failed', { cause: this.#lost })
    return this.#content
  }

  settle(content: Data | Resident): void {
    this.#content = content
    this.#disposeIfUnused()
  }

  lose(cause: unknown): void {
    this.#lost = cause
  }

  /** Its flat shape on the host, or that in which it stayed on the device. */
  get shape(): readonly number[] {
    return this.#content && 'dispose' in this.#content ? this.#content.shape : [this.length]
  }

  bind(): void {
    this.bindings++
  }

  unbind(): void {
    this.bindings--
    this.#disposeIfUnused()
  }

  pin(): void {
    this.pins++
  }

  unpin(): void {
    this.pins--
    this.#disposeIfUnused()
  }

  #disposeIfUnused(): void {
    if (this.bindings > 0 || this.pins > 0 || !this.#content) return
    if ('dispose' in this.#content) this.#content.dispose()
    this.#content = null
  }
}
