import { useEffect, useState } from 'preact/hooks'
import { type BackendId, backends } from '../backends.js'
import { Field, NumberField } from '../ui/field.js'
import { lengthFor, ownLength, type TrainConfig } from './config.js'
import type { RunInfo } from './events.js'
import type { TrainProps } from './props.js'
import { RecipeChoice } from './recipeChoice.js'
import type { TrainState } from './state.js'

export function Controls({ config, onConfig, trainer }: TrainProps) {
  const { state, ask, begin } = trainer
  const { mode, run } = state
  const start = () => void begin((remote) => remote.start(config))
  const trainOn = (done: RunInfo) => {
    const next = longer(done)
    onConfig(next)
    void begin((remote) => remote.trainOn(next))
  }
  return (
    <section class="controls" aria-label="Training">
      <div class="bar">
        <div class="buttons">
          {mode === 'playing' && (
            <button type="button" class="primary" onClick={() => void ask((remote) => remote.pause())}>
              Pause
            </button>
          )}
          {mode === 'paused' && (
            <>
              <button type="button" class="primary" onClick={() => void ask((remote) => remote.play())}>
                Go on
              </button>
              <button type="button" onClick={() => void ask((remote) => remote.step())}>
                One step
              </button>
            </>
          )}
          {(mode === 'idle' || mode === 'starting') && (
            <button type="button" class="primary" onClick={start} disabled={mode === 'starting'}>
              Start training
            </button>
          )}
          {run && mode === 'done' && (
            <button type="button" class="primary" onClick={() => trainOn(run)}>
              Train on
            </button>
          )}
          {run && mode !== 'starting' && (
            <button type="button" class={mode === 'failed' ? 'primary' : ''} onClick={start}>
              Start over
            </button>
          )}
        </div>
        <RecipeChoice config={config} onConfig={onConfig} trainer={trainer} />
        <Field label="Backend" class="backend">
          <BackendChoice value={config.backend} onChange={(backend) => onConfig({ ...config, backend })} />
        </Field>
        <NumberField
          label="Seed"
          min={0}
          step={1}
          value={config.seed}
          onChange={(seed) => onConfig({ ...config, seed })}
        />
      </div>
      <Status state={state} />
    </section>
  )
}

/** The same once more: a recipe from its weights, whose schedule is over, or else as many epochs again. */
function longer({ config, counts }: RunInfo): TrainConfig {
  if (config.recipe.kind === 'named') return config
  return { ...config, epochs: config.epochs + lengthFor({ ...config, epochs: ownLength.epochs }, counts.train).epochs }
}

function BackendChoice({
  value,
  onChange,
}: {
  readonly value: BackendId
  readonly onChange: (backend: BackendId) => void
}) {
  const [reasons, setReasons] = useState<{ readonly [id: string]: string | null }>({})
  useEffect(() => {
    for (const { id, unavailable } of backends)
      void unavailable().then((reason) => setReasons((before) => ({ ...before, [id]: reason })))
  }, [])
  return (
    <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as BackendId)}>
      {backends.map(({ id, title, says }) => (
        <option key={id} value={id} disabled={Boolean(reasons[id])} title={reasons[id] ?? says}>
          {title}
          {reasons[id] ? ` (${reasons[id]})` : ''}
        </option>
      ))}
    </select>
  )
}

function Status({ state }: { readonly state: TrainState }) {
  const { loading, mode, message, warnings, progress, run, saved, tested } = state
  const share = progress ? progress.iteration / progress.iterations : 0
  return (
    <div class="status">
      {loading ? (
        <>
          <progress aria-label={`Loading ${loading.what}`} value={loading.done} max={loading.of} />
          <p>
            Loading {loading.what}: {Math.round((100 * loading.done) / loading.of)} %
          </p>
        </>
      ) : (
        run && (
          <>
            <progress aria-label="Steps of training" value={share} max={1} />
            <p class="numbers">
              {progress && (
                <span>
                  step {progress.iteration} of {progress.iterations}
                </span>
              )}
              {progress && (
                <span>
                  epoch {Math.min(progress.epoch + 1, progress.epochs)} of {progress.epochs}
                </span>
              )}
              {mode === 'playing' && progress?.stepsPerSecond && (
                <span>{progress.stepsPerSecond.toFixed(1)} steps a second</span>
              )}
              {saved !== null && mode !== 'done' && <span>saved at step {saved}</span>}
            </p>
            <p class="quiet small">{shorten(run.backend)}</p>
          </>
        )
      )}
      {warnings.map((warning) => (
        <p key={warning} class="small">
          Warning: {warning}.
        </p>
      ))}
      <p role="status" class={message ? 'fail' : ''}>
        {message ?? says(mode)}
        {tested && ` ${percent(tested.accuracy)} of ${tested.images} test images, which it had never seen, are right.`}
      </p>
    </div>
  )
}

function says(mode: TrainState['mode']): string {
  const texts = { idle: '', starting: 'Getting ready.', playing: '', paused: 'Paused.', done: 'Done.', failed: '' }
  return texts[mode]
}

/** Without the whole of the browser's name for itself. */
function shorten(description: string): string {
  return description.replace(/, Mozilla\/.*$/, '')
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
