import { useState } from 'preact/hooks'
import type { DataInfo } from '../data/dataInfo.js'
import { firstConfig, type TrainConfig } from './config.js'
import { Confusion } from './confusion.js'
import { Controls } from './controls.js'
import { Curves } from './curves.js'
import { Exports } from './exports.js'
import { Filters } from './filters.js'
import { ImagePanel } from './imagePanel.js'
import { Predictions } from './predictions.js'
import { Resume } from './resume.js'
import { Samples } from './samples.js'
import { Settings } from './settings.js'
import { type Chosen, useChosen } from './useChosen.js'
import { type TrainerHandle, useTrainer } from './useTrainer.js'

export function TrainView() {
  const [config, setConfig] = useState<TrainConfig>(firstConfig)
  const trainer = useTrainer()
  const { state, saved } = trainer
  const { data, run } = state
  const chosen = useChosen(trainer)
  return (
    <>
      <div class="intro">
        <h1>Watch a convolutional network learn</h1>
        <p>
          {data?.own ? spellOwn(data) : '4,000 small photographs of ten kinds of things'}, and a network that starts
          from random numbers. It sees {config.batchSize} of them at a time and moves every weight a little, so that its
          next guess is less wrong.
        </p>
      </div>
      {saved && <Resume saved={saved} trainer={trainer} onConfig={setConfig} />}
      <Controls config={config} onConfig={setConfig} trainer={trainer} />
      <Settings config={config} onConfig={setConfig} trainer={trainer} />
      {data && !run && <Samples data={data} />}
      {run && <Scene trainer={trainer} chosen={chosen} />}
    </>
  )
}

function spellOwn({ counts, classNames }: DataInfo): string {
  return `${counts.train.toLocaleString('en')} pictures of yours, of ${classNames.length} classes`
}

/** All that a run shows. */
function Scene({ trainer, chosen }: { readonly trainer: TrainerHandle; readonly chosen: Chosen }) {
  const { state } = trainer
  const { run, filters, passage, looks } = state
  if (!run) return null
  const look = looks.at(-1) ?? null
  return (
    <div class="scene">
      <Curves state={state} run={run} />
      <div class="pair uneven">
        {filters && <Filters grid={filters} />}
        {passage && <ImagePanel run={run} passage={passage} chosen={chosen} />}
      </div>
      <div class="pair">
        {look && <Predictions run={run} look={look} chosen={chosen} />}
        {look && <Confusion run={run} look={look} />}
      </div>
      <Exports trainer={trainer} run={run} />
    </div>
  )
}
