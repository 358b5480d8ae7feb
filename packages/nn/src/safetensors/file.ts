import type { Data, DType, Shape } from '@convkit/api'

/** An array on the host with its shape. `[]` is a scalar; an axis may be 0. */
export interface HostTensor {
  readonly dtype: DType
  readonly shape: Shape
  readonly data: Data
}

export interface SafetensorsFile {
  /** In the order of the bytes. */
  readonly tensors: Map<string, HostTensor>
  readonly metadata: Record<string, string>
  /** Tensors whose values no array here holds exactly, with the reason. */
  readonly skipped: Map<string, string>
}
