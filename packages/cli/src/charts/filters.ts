import { encodeImage } from '@convkit/datasets'

const scale = 8
const gap = 16
const columns = 8

export interface FilterValues {
  readonly values: ArrayLike<number>
  readonly shape: readonly number[]
}

/** Filters (F, C, H, W) as one picture, each stretched from its smallest weight to its largest. Each weight is a square of `scale` pixels; the gaps are middle gray, which suits a light page and a dark one. */
export async function drawFilters({ values, shape }: FilterValues) {
  const [count, channels, height, width] = shape
  const rows = Math.ceil(count / columns)
  const [fullHeight, fullWidth] = [rows * (height * scale + gap) - gap, columns * (width * scale + gap) - gap]
  const data = new Float32Array(channels * fullHeight * fullWidth).fill(128)
  const size = channels * height * width
  for (let f = 0; f < count; f++) {
    const filter = Array.from({ length: size }, (_, i) => values[f * size + i])
    const [low, high] = [Math.min(...filter), Math.max(...filter)]
    const [top, left] = [Math.floor(f / columns) * (height * scale + gap), (f % columns) * (width * scale + gap)]
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < height * scale; i++)
        for (let j = 0; j < width * scale; j++) {
          const value = filter[(c * height + Math.floor(i / scale)) * width + Math.floor(j / scale)]
          data[(c * fullHeight + top + i) * fullWidth + left + j] = (255 * (value - low)) / (high - low || 1)
        }
  }
  const png = await encodeImage({ data, shape: [channels, fullHeight, fullWidth] }, 'png')
  return { png, width: fullWidth, height: fullHeight }
}
