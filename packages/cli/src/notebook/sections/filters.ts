import { drawFilters } from '../../charts/filters.js'
import { atLeast, passes } from '../figure.js'
import type { Filters, Section } from '../section.js'

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
    const picture = await drawFilters(filters)
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
