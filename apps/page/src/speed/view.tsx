import { useState } from 'preact/hooks'
import { type BackendId, backends, entryOf } from '../backends.js'
import { BackendChoice, toggled } from '../ui/backendChoice.js'
import { download } from '../ui/download.js'
import type { SpeedRow } from './bench.js'
import { type BenchState, useBench } from './useBench.js'
import { batch } from './workloads.js'

const rivals = backends.filter(({ id }) => id !== 'naive')

export function SpeedView() {
  const { state, start, stop } = useBench()
  const [chosen, setChosen] = useState<ReadonlySet<BackendId>>(new Set(['wasm']))
  const ids = rivals.filter(({ id }) => chosen.has(id)).map(({ id }) => id)
  return (
    <>
      <div class="intro">
        <h1>How fast is it on this device?</h1>
        <p>
          The layers of the notebook’s networks and a whole step of training, {batch} images at a time, against plain
          loops that do the same. A result is checked before it is timed: what is wrong has no speed.
        </p>
      </div>
      <section class="controls" aria-label="What to measure">
        <fieldset class="choices">
          <legend>Backends</legend>
          {rivals.map((entry) => (
            <BackendChoice
              key={entry.id}
              entry={entry}
              checked={chosen.has(entry.id)}
              onChange={(on) => setChosen((before) => toggled(before, entry.id, on))}
            />
          ))}
        </fieldset>
        <div class="buttons">
          {state.busy ? (
            <button type="button" class="primary" onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="button" class="primary" disabled={ids.length === 0} onClick={() => void start(ids)}>
              Measure
            </button>
          )}
          {!state.busy && state.rows.length > 0 && (
            <button type="button" onClick={() => download('speed.json', spell(state), 'application/json')}>
              Download as JSON
            </button>
          )}
        </div>
        {state.busy && (
          <div class="status">
            <progress aria-label="Measurements" value={state.done} max={state.of} />
            <p class="small quiet">{state.current}</p>
          </div>
        )}
        <p role="status" class="visually-hidden">
          {state.busy ? 'Measuring' : state.rows.length > 0 ? 'Measured' : ''}
        </p>
      </section>
      <Bars state={state} />
    </>
  )
}

function Bars({ state }: { readonly state: BenchState }) {
  const { rows, problems } = state
  const most = Math.max(1, ...rows.map(({ speedup }) => speedup))
  const groups = [...new Set(rows.map(({ workload }) => workload))]
  if (groups.length === 0 && problems.length === 0) return null
  return (
    <>
      {Object.entries(state.backends).map(([id, description]) => (
        <p key={id} class="small quiet">
          {entryOf(id as BackendId).title}: {description.replace(/, Mozilla\/.*$/, '')}
        </p>
      ))}
      <table class="speeds">
        <caption class="visually-hidden">Times as fast as naive</caption>
        <thead>
          <tr>
            <th scope="col">work</th>
            <th scope="col" colSpan={2}>
              times as fast as naive
            </th>
            <th scope="col" class="value">
              takes
            </th>
            <th scope="col" class="value naive">
              naive
            </th>
          </tr>
        </thead>
        {groups.map((workload) => {
          const own = rows.filter((row) => row.workload === workload)
          return (
            <tbody key={workload}>
              <tr class="group">
                <th scope="rowgroup" colSpan={5}>
                  {workload}
                </th>
              </tr>
              {own.map((row) => (
                <BarRow key={`${row.backend} ${row.pass}`} row={row} most={most} />
              ))}
            </tbody>
          )
        })}
      </table>
      {problems.map(({ backend, workload, message }) => (
        <p key={`${backend} ${workload}`} class="fail small">
          {backend}: {workload} has no speed: {message}
        </p>
      ))}
    </>
  )
}

function BarRow({ row, most }: { readonly row: SpeedRow; readonly most: number }) {
  const place = rivals.findIndex(({ id }) => id === row.backend)
  return (
    <tr>
      <th scope="row">
        {row.pass === 'step' ? '' : row.pass} <span class="quiet">{entryOf(row.backend).title}</span>
      </th>
      <td class="bar">
        <span class={`place-${place}`} style={{ inlineSize: `${(100 * row.speedup) / most}%` }} />
      </td>
      <td class="value times">{times(row.speedup)}</td>
      <td class="value">{milliseconds(row.own)}</td>
      <td class="value quiet naive">{milliseconds(row.naive)}</td>
    </tr>
  )
}

function times(speedup: number): string {
  return `${speedup < 9.95 ? speedup.toFixed(1) : speedup.toFixed(0)}×`
}

function milliseconds(value: number): string {
  return value < 1 ? `${(1000 * value).toFixed(0)} µs` : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`
}

function spell({ backends, rows, problems, environment }: BenchState): string {
  return `${JSON.stringify({ batch, dtype: 'float32', environment, backends, rows, problems }, null, 2)}\n`
}
