import { useRef } from 'preact/hooks'
import { Picture } from '../ui/picture.js'
import type { RunInfo } from './events.js'
import type { Passage } from './inspect.js'
import type { Chosen } from './useChosen.js'

interface Props {
  readonly run: RunInfo
  readonly passage: Passage
  readonly chosen: Chosen
}

/** One image, from pixels to probabilities. */
export function ImagePanel({ run, passage, chosen }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const { index, own, chooseFile } = chosen
  const frame = index === null ? own?.frame : run.pictures[index]
  const name = index === null ? (own?.name ?? '') : `test image ${index + 1}`
  return (
    <section aria-labelledby="image">
      <h2 id="image">One image through the network</h2>
      <div class="image-panel">
        <figure>
          {frame && <Picture class="large" frame={frame} alt={name} />}
          <figcaption class="small quiet">{name}</figcaption>
        </figure>
        <Probabilities names={run.classNames} probabilities={passage.probabilities} />
        <div class="activations">
          {passage.activations.map(({ layer, shape, grid }) => (
            <figure key={layer}>
              <figcaption class="small">
                <code>{layer}</code> <span class="quiet">{shape.join(' × ')}</span>
              </figcaption>
              <Picture
                class="wide"
                frame={grid}
                alt={`What ${layer} gives: ${grid.count} maps, the brighter the more`}
              />
            </figure>
          ))}
        </div>
      </div>
      <p class="small quiet">
        Choose another image below, or{' '}
        <button type="button" class="link" onClick={() => input.current?.click()}>
          take one of your own
        </button>
        ; it can also be dropped anywhere on the page.
      </p>
      <input
        ref={input}
        class="hidden"
        type="file"
        accept="image/*"
        aria-label="An image of your own"
        tabIndex={-1}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          if (file) chooseFile(file)
        }}
      />
    </section>
  )
}

function Probabilities({
  names,
  probabilities,
}: {
  readonly names: readonly string[]
  readonly probabilities: readonly number[]
}) {
  const most = 10
  const best = Math.max(...probabilities)
  const rows = names.map((name, i) => ({ name, probability: probabilities[i] ?? 0 }))
  const kept = rows.length <= most ? rows : rows.sort((a, b) => b.probability - a.probability).slice(0, most)
  return (
    <table class="bars">
      <caption class="visually-hidden">Probability of each class</caption>
      <tbody>
        {kept.map(({ name, probability }) => (
          <tr key={name} class={probability === best ? 'best' : ''}>
            <th scope="row">{name}</th>
            <td class="bar">
              <span style={{ inlineSize: `${100 * probability}%` }} />
            </td>
            <td class="value">{Math.round(100 * probability)} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
