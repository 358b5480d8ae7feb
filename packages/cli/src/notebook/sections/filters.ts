import { encodeImage } from '@convkit/datasets'
import { atLeast, passes } from '../figure.js'
import type { Filters, Section } from '../section.js'

const scale = 8
const gap = 16
const columns = 8

export const filters: Section = {
  id: 'filters',
  title: 'The filters of the first layer',
  text: [
    'The first layer’s weights can be looked at as small colour pictures, one for each filter, each stretched from its smallest weight to its largest. Training turns the random dots it starts from into blobs of colour and edges; the longer it lasts, the clearer they are.',
    'The pictures prove nothing, so one number is asked to: how far the filters have moved from where they started, against their length at the start.',
  ],
  code: `const [W1] = model.params
const weights = await W1.tensor.read() // (32, 3, 7, 7)`,

  async run({ handedOn: { filters } }) {
    if (!filters) return { figures: [], skipped: 'no network was trained.' }
    const { shape, from } = filters
    const picture = await drawGrid(filters)
    const alt = `Grid of the ${shape[0]} filters as colour pictures, each ${shape[3]} by ${shape[2]} pixels`
    return {
      figures: [
        passes('shape of the weights', shape, 'four axes, three colours', shape.length === 4 && shape[1] === 3),
        atLeast('distance moved, in lengths at the start', moved(filters), 0.01),
      ],
      strips: [{ caption: `From ${from}.`, pictures: [{ ...picture, alt }] }],
    }
  },
}

function moved({ values, initial }: Filters): number {
  let [distance, length] = [0, 0]
  for (let i = 0; i < initial.length; i++) {
    distance += (values[i] - initial[i]) ** 2
    length += initial[i] ** 2
  }
  return Math.sqrt(distance / length)
}

/** Each weight is a square of `scale` pixels; the gaps are middle gray, which suits a light page and a dark one. */
async function drawGrid({ values, shape }: Filters) {
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
