interface Values {
  readonly length: number
  [index: number]: number
}

/** planes[c * P + p] = pixels[p * C + c]: from pixels whose channels stand together (HWC) to one plane a channel (CHW). */
export function toPlanes(pixels: Values, channels: number, planes: Values): void {
  const count = pixels.length / channels
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < count; p++) planes[c * count + p] = pixels[p * channels + c]
  }
}

/** pixels[p * C + c] = planes[c * P + p]: the inverse of `toPlanes`. */
export function toPixels(planes: Values, channels: number, pixels: Values): void {
  const count = planes.length / channels
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < count; p++) pixels[p * channels + c] = planes[c * count + p]
  }
}
