import type { Storage } from './storage.js'

export interface Product {
  readonly m: number
  readonly n: number
  readonly k: number
  /** (m, k), or (k, m) where it is to be transposed. */
  readonly a: Storage
  readonly transposeA?: boolean
  /** (k, n), or (n, k) where it is to be transposed. */
  readonly b: Storage
  readonly transposeB?: boolean
  /** (m, n) */
  readonly c: Storage
  /** (n), added to every row. */
  readonly bias?: Storage | null
  readonly relu?: boolean
}
