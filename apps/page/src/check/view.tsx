import { useRef, useState } from 'preact/hooks'
import { type BackendId, backends } from '../backends.js'
import { BackendChoice, toggled } from '../ui/backendChoice.js'
import { Field, NumberField } from '../ui/field.js'
import { ReportView, Summary } from './reportView.js'
import type { Source } from './source.js'
import { useCheck } from './useCheck.js'

export function CheckView() {
  const { runs, busy, start, stop } = useCheck()
  const [chosen, setChosen] = useState<ReadonlySet<BackendId>>(new Set(['wasm']))
  const [own, setOwn] = useState<Source | null>(null)
  const [options, setOptions] = useState({ runs: 40, seed: 231 })
  const [only, setOnly] = useState('')
  const sources: Source[] = [
    ...backends.filter(({ id }) => chosen.has(id)).map(({ id }): Source => ({ kind: 'known', id })),
    ...(own ? [own] : []),
  ]
  const begun = runs.filter(({ state }) => state !== 'waiting')
  return (
    <>
      <div class="intro">
        <h1>Is it right on this device?</h1>
        <p>
          Every layer of a backend is held to derived error bounds, numeric gradients, laws of mathematics and the
          answers of another framework, on random cases. What is wrong is shown with the smallest case that shows it.
        </p>
      </div>
      <section class="controls" aria-label="What to check">
        <fieldset class="choices">
          <legend>Backends</legend>
          {backends.map((entry) => (
            <BackendChoice
              key={entry.id}
              entry={entry}
              checked={chosen.has(entry.id)}
              onChange={(on) => setChosen((before) => toggled(before, entry.id, on))}
            />
          ))}
          <OwnFile own={own} onOwn={setOwn} />
        </fieldset>
        <div class="bar">
          <div class="buttons">
            {busy ? (
              <button type="button" class="primary" onClick={stop}>
                Stop
              </button>
            ) : (
              <button
                type="button"
                class="primary"
                disabled={sources.length === 0}
                onClick={() => void start(sources, { ...options, only: only.split(/\s+/).filter(Boolean) })}
              >
                {sources.length > 1 ? `Check ${sources.length} backends` : 'Check'}
              </button>
            )}
          </div>
          <Field label="Only" class="broad">
            <input
              type="text"
              placeholder="every check"
              title="Checks as the command names them, like conv2d or relu/forward; several with spaces between"
              value={only}
              autocapitalize="off"
              spellcheck={false}
              onChange={({ currentTarget }) => setOnly(currentTarget.value)}
            />
          </Field>
          <NumberField
            label="Cases a check"
            min={1}
            step={1}
            value={options.runs}
            onChange={(value) => setOptions({ ...options, runs: Math.trunc(value) })}
          />
          <NumberField
            label="Seed"
            min={0}
            step={1}
            value={options.seed}
            onChange={(value) => setOptions({ ...options, seed: Math.trunc(value) })}
          />
        </div>
      </section>
      {runs.length > 1 && <Summary runs={runs} />}
      {begun.map((run) => (
        <ReportView key={run.title} run={run} alone={runs.length === 1} />
      ))}
    </>
  )
}

/** A module of the visitor's own, like one of `convkit new-backend`. */
function OwnFile({ own, onOwn }: { readonly own: Source | null; readonly onOwn: (own: Source | null) => void }) {
  const input = useRef<HTMLInputElement>(null)
  async function take(file: File | undefined): Promise<void> {
    if (file) onOwn({ kind: 'file', name: file.name, code: await file.text() })
  }
  return (
    <div class="check">
      <input
        ref={input}
        class="hidden"
        type="file"
        accept=".js,.mjs,text/javascript"
        tabIndex={-1}
        aria-label="A backend of your own"
        onChange={({ currentTarget }) => void take(currentTarget.files?.[0])}
      />
      {own?.kind === 'file' ? (
        <>
          <input type="checkbox" checked aria-label={own.name} onChange={() => onOwn(null)} />
          <span>
            <b>{own.name}</b> <span class="quiet">your own, in a worker that can reach nothing</span>
          </span>
        </>
      ) : (
        <span>
          <button type="button" onClick={() => input.current?.click()}>
            Add a backend from a file
          </button>{' '}
          <span class="quiet">
            one JavaScript module that exports <code>backend</code>
          </span>
        </span>
      )}
    </div>
  )
}
