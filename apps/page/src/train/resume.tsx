import type { TrainConfig } from './config.js'
import type { SavedInfo } from './trainer.js'
import type { TrainerHandle } from './useTrainer.js'

interface Props {
  readonly saved: SavedInfo
  readonly trainer: TrainerHandle
  readonly onConfig: (config: TrainConfig) => void
}

/** The page was left in the middle of a run. */
export function Resume({ saved, trainer, onConfig }: Props) {
  const { iteration, iterations, at, config } = saved
  return (
    <section class="notice" aria-label="A run to resume">
      <p>
        A run was under way here: step {iteration} of {iterations}, saved {ago(at)}. It can go on as if nothing had
        happened, to the last bit.
      </p>
      <p class="buttons">
        <button
          type="button"
          class="primary"
          onClick={() => {
            onConfig(config)
            void trainer.begin((remote) => remote.resume())
          }}
        >
          Resume the run
        </button>
        <button
          type="button"
          onClick={() => {
            trainer.settle()
            void trainer.ask((remote) => remote.forget())
          }}
        >
          Forget it
        </button>
      </p>
    </section>
  )
}

function ago(at: number): string {
  const minutes = Math.round((at - Date.now()) / 60_000)
  if (minutes > -1) return 'just now'
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  if (minutes > -60) return format.format(minutes, 'minute')
  return minutes > -1440
    ? format.format(Math.round(minutes / 60), 'hour')
    : format.format(Math.round(minutes / 1440), 'day')
}
