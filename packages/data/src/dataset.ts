/** Images in NCHW order with one class index each. */
export interface Dataset {
  /** Pixels, row-major (N, C, H, W). */
  readonly images: Float32Array
  readonly labels: Int32Array
  readonly shape: readonly [n: number, channels: number, height: number, width: number]
  readonly classNames: readonly string[]
}
