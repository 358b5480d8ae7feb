import type { DataInfo } from '../data/dataInfo.js'
import { Picture } from '../ui/picture.js'

/** What there is to learn from, before a run. */
export function Samples({ data }: { readonly data: DataInfo }) {
  const { samples, classNames, counts } = data
  return (
    <section class="samples" aria-labelledby="samples">
      <h2 id="samples">What it learns from</h2>
      <p class="small quiet">
        Some of {counts.train.toLocaleString('en')} images. Whoever guesses is right once in {classNames.length} times.
      </p>
      <ul class="predictions">
        {samples.map(({ label, frame }, i) => (
          <li key={i}>
            <Picture frame={frame} alt="" />
            <span>{classNames[label]}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
