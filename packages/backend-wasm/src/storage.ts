import type { DType } from '@convkit/api'
import type { Address } from './fields.js'

/** A block of linear memory. */
export interface Storage {
  readonly address: Address
  readonly length: number
  readonly dtype: DType
}
