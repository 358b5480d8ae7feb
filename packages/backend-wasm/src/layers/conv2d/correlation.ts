import type { Storage } from '../../storage.js'

export interface Correlation {
  readonly x: Storage
  readonly w: Storage
  readonly b: Storage | null
  readonly y: Storage
  readonly relu?: boolean
  /** Whether w is the weights of a convolution that `d` undoes: its filters are d's channels, its taps turned by 180 degrees. */
  readonly turned?: boolean
}
