import { Picture } from '../ui/picture.js'
import type { Evaluation, RunInfo } from './events.js'
import type { Chosen } from './useChosen.js'

interface Props {
  readonly run: RunInfo
  readonly look: Evaluation
  readonly chosen: Chosen
}

export function Predictions({ run, look, chosen }: Props) {
  const { classNames, pictures } = run
  const right = look.shown.filter(({ label, predicted }) => label === predicted).length
  return (
    <section aria-labelledby="predictions">
      <h2 id="predictions">Test images</h2>
      <p class="small quiet">
        What the network takes them for; it has never learned from them. {right} of {look.shown.length} are right.
      </p>
      <ul class="predictions">
        {look.shown.map(({ label, predicted, probability }, i) => {
          const frame = pictures[i]
          const is = classNames[label] ?? ''
          const taken = classNames[predicted] ?? 'nothing'
          const good = label === predicted
          const says = `${is}, ${good ? 'rightly' : 'wrongly'} taken for ${taken} with ${Math.round(100 * probability)} %`
          return (
            <li key={i}>
              <button
                type="button"
                aria-pressed={chosen.index === i}
                aria-label={says}
                title={says}
                onClick={() => chosen.choose(i)}
              >
                {frame && <Picture frame={frame} alt="" />}
                <span class={good ? 'good' : 'fail'}>
                  {good ? '✓' : '✗'} {taken}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
