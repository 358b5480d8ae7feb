import { type Data, sizeOf } from '@convkit/api'
import { type AnyDataset, readRow } from '@convkit/data'
import { encodeImage } from '@convkit/datasets'
import { type Model, pixelDeviation } from '@convkit/nn'
import type { Picture, Strip } from '../charts/content.js'
import { scaleOf } from './pictures.js'

/** Middle gray, which suits a light page and a dark one. */
const gray = 128

export interface ShownRow {
  readonly index: number
  /** `image 7: 0.0812, 18.2 of 255 off` */
  readonly text: string
}

/** Images of `set`, which is less `mean`, each beside what the model makes of it. */
export async function reconstructions(
  model: Model,
  set: AnyDataset,
  mean: Data | undefined,
  rows: readonly ShownRow[],
): Promise<Strip> {
  const [, channels, height, width] = set.shape
  const scale = scaleOf(height, width)
  const gap = Math.ceil(width / 16)
  const shape = [channels, height, 2 * width + gap] as const
  const image = new Float32Array(sizeOf([channels, height, width]))
  const pictures: Picture[] = []
  for (const { index, text } of rows) {
    readRow(set, index, image)
    const made = await outputOf(model, image)
    const data = new Float32Array(sizeOf(shape)).fill(gray)
    for (let i = 0; i < image.length; i++) {
      const at = Math.floor(i / width) * (2 * width + gap) + (i % width)
      const less = mean?.[i] ?? 0
      data[at] = image[i] + less
      data[at + width + gap] = pixelDeviation * made[i] + less
    }
    const png = await encodeImage({ data, shape }, 'png')
    pictures.push({ png, alt: text, width: scale * (2 * width + gap), height: scale * height, caption: text })
  }
  return { caption: 'Each image on the left, and what the model makes of it on the right.', pictures }
}

async function outputOf(model: Model, image: Float32Array): Promise<Data> {
  using scope = model.scope.child()
  const pixels = model.dtype === 'float32' ? image : Float64Array.from(image)
  return await model.scores(scope, scope.from(pixels, [1, ...model.inputShape])).read()
}
