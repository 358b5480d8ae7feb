import { Picture } from '../ui/picture.js'
import type { Grid } from './pictures.js'

export function Filters({ grid }: { readonly grid: Grid }) {
  return (
    <section aria-labelledby="filters">
      <h2 id="filters">Filters of the first layer</h2>
      <Picture class="wide" frame={grid} alt={`${grid.count} filters as small colour pictures`} />
      <p class="quiet small">
        Each picture is the weights of one filter, stretched from the smallest to the largest. Dots become blobs of
        colour and edges.
      </p>
    </section>
  )
}
