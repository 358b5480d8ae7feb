import type { DType } from '@convkit/api'

/** A block of linear memory. */
export interface Storage {
  readonly address: number
  readonly length: number
  readonly dtype: DType
}
