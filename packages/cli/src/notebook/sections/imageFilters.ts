import { encodeImage, type Image } from '@convkit/datasets'
import type { Picture, Strip } from '../../charts/content.js'
import { filterImage } from '../../commands/filter.js'
import { atMost, type Figure } from '../figure.js'
import type { Section } from '../section.js'

export const imageFilters: Section = {
  id: 'image-filters',
  title: 'Image processing via convolutions',
  text: [
    'A convolution can do image processing when its weights are set by hand. The first filter mixes red, green and blue in the proportions 0.3, 0.6 and 0.1 and so makes a grayscale picture; the second answers where the blue channel changes from top to bottom, which marks horizontal edges, around a middle gray of 128.',
    'The same pictures are computed a second time without the convolution, by weighing whole shifted copies of the photograph; the two have to agree.',
  ],
  code: `// w[0]: (0.3, 0.6, 0.1) at the kernel's centre; w[1]: [[1, 2, 1], [0, 0, 0], [-1, -2, -1]] on blue; b: (0, 128)
const { y } = conv2d.forward(scope, { x, w, b }, { stride: 1, pad: 1 })`,

  async run({ backend, dtype, images }) {
    const figures: Figure[] = []
    const strips: Strip[] = []
    // Pixels up to 255 times weights that sum to 8 at most, ten terms, rounded in the image's own number type.
    const limit = dtype === 'float32' ? 1e-3 : 1e-11
    for (const { title: name, image } of images) {
      const { gray, edges } = await filterImage(backend, dtype, image)
      const wanted = shiftAndAdd(image)
      figures.push(
        atMost(`${name}: grayscale, largest difference`, difference(gray, wanted.gray), limit),
        atMost(`${name}: edges, largest difference`, difference(edges, wanted.edges), limit),
      )
      strips.push({
        caption: `${name}: original, grayscale, horizontal edges.`,
        pictures: [
          await picture(image, image.data, 3, `${name}, cropped to its centre`),
          await picture(image, stretch(gray), 1, `${name} in grayscale`),
          await picture(image, stretch(edges), 1, `Horizontal edges of ${name}, bright and dark on gray`),
        ],
      })
    }
    return { figures, strips }
  },
}

/** The two filters on whole images: a sum of shifted copies, zero outside. */
function shiftAndAdd({ data, shape: [, , height, width] }: Image) {
  const at = (channel: number, row: number, column: number) =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : data[(channel * height + row) * width + column]
  const each = (value: (row: number, column: number) => number) =>
    Float64Array.from({ length: height * width }, (_, i) => value(Math.floor(i / width), i % width))
  const across = (row: number, column: number) =>
    at(2, row, column - 1) + 2 * at(2, row, column) + at(2, row, column + 1)
  return {
    gray: each((row, column) => 0.3 * at(0, row, column) + 0.6 * at(1, row, column) + 0.1 * at(2, row, column)),
    edges: each((row, column) => 128 + across(row - 1, column) - across(row + 1, column)),
  }
}

function difference(got: ArrayLike<number>, wanted: Float64Array): number {
  return wanted.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (got[i] ?? Number.NaN))), 0)
}

/** From the smallest value as black to the largest as white, as the notebook shows what a filter gives. */
function stretch(values: Float32Array | Float64Array): Float32Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
  return Float32Array.from(values, (value) => (255 * (value - low)) / (high - low || 1))
}

async function picture(
  { shape: [, , height, width] }: Image,
  data: Float32Array,
  channels: number,
  alt: string,
): Promise<Picture> {
  const png = await encodeImage({ data, shape: [1, channels, height, width] }, 'png')
  return { png, alt, width, height }
}
