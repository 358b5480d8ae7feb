import { type UpdateName, updateNames } from '@convkit/api'
import { Fragment } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Field, NumberField } from '../ui/field.js'
import { type NamedRecipe, stepsOf, type TrainConfig } from './config.js'
import { DataSettings } from './dataSettings.js'
import type { NetworkTable } from './network.js'
import type { TrainProps } from './props.js'

export function Settings(props: TrainProps) {
  const { config, trainer } = props
  const { run } = trainer.state
  const changed = run !== null && JSON.stringify(run.config) !== JSON.stringify(config)
  return (
    <details class="settings">
      <summary>Network, data and training</summary>
      <div class="groups">
        <NetworkSettings {...props} />
        <TrainingSettings {...props} />
        <DataSettings {...props} />
      </div>
      <p class="small quiet" role="status">
        {changed ? 'Changes take effect when you start over.' : ''}
      </p>
    </details>
  )
}

function NetworkSettings({ config, onConfig, trainer }: TrainProps) {
  const { recipe } = config
  return (
    <fieldset>
      <legend>Network</legend>
      {recipe.kind === 'named' && <p>{trainer.recipes.find(({ name }) => name === recipe.name)?.description}.</p>}
      {recipe.kind === 'sequential' && (
        <Field label="Layers, one a line">
          <textarea
            rows={recipe.layers.split('\n').length + 3}
            spellcheck={false}
            autocapitalize="off"
            value={recipe.layers}
            onInput={({ currentTarget }) => onConfig({ ...config, recipe: { ...recipe, layers: currentTarget.value } })}
          />
        </Field>
      )}
      {recipe.kind === 'threeLayerConvNet' && (
        <div class="row">
          {(
            [
              ['filters', 'Filters', 1, 1],
              ['filterSize', 'Filter size', 1, 2],
              ['hidden', 'Hidden units', 1, 1],
              ['weightScale', 'Weight scale', 0, 'any'],
            ] as const
          ).map(([key, label, min, step]) => (
            <NumberField
              key={key}
              label={label}
              min={min}
              step={step}
              value={recipe[key]}
              onChange={(value) => onConfig({ ...config, recipe: { ...recipe, [key]: value } })}
            />
          ))}
        </div>
      )}
      <NetworkSummary config={config} trainer={trainer} />
      <OpenModel config={config} onConfig={onConfig} trainer={trainer} />
    </fieldset>
  )
}

function OpenModel({ config, onConfig, trainer }: TrainProps) {
  const input = useRef<HTMLInputElement>(null)
  async function open(file: File) {
    const opened = await trainer.ask((remote) => remote.open(file, config))
    if (!opened) return
    trainer.settle()
    onConfig(opened)
  }
  return (
    <>
      <p>
        <button type="button" onClick={() => input.current?.click()}>
          Open a saved model
        </button>
      </p>
      <p class="small quiet">A .safetensors file of this page or of convkit train, of the classes of these images.</p>
      <input
        ref={input}
        class="hidden"
        type="file"
        accept=".safetensors"
        tabIndex={-1}
        aria-label="A saved model"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          if (file) void open(file)
          // The same file can be opened again.
          currentTarget.value = ''
        }}
      />
    </>
  )
}

/** Asked of the library itself, a moment after the last key. */
function NetworkSummary({ config, trainer }: Pick<TrainProps, 'config' | 'trainer'>) {
  const [table, setTable] = useState<NetworkTable | { readonly problem: string } | null>(null)
  const { ask, state } = trainer
  useEffect(() => {
    const timer = setTimeout(() => {
      void ask(async (remote) => {
        try {
          setTable(await remote.describe(config))
        } catch (error) {
          setTable({ problem: error instanceof Error ? error.message : String(error) })
        }
      })
    }, 300)
    return () => clearTimeout(timer)
  }, [config.recipe, state.data, ask])
  if (!table) return null
  if ('problem' in table)
    return (
      <p class="fail small" role="alert">
        {table.problem}
      </p>
    )
  return (
    <table class="layers">
      <caption class="visually-hidden">Layers of the network</caption>
      <thead>
        <tr>
          <th scope="col">layer</th>
          <th scope="col">gives</th>
          <th scope="col" class="value">
            parameters
          </th>
        </tr>
      </thead>
      <tbody>
        {table.rows.map(({ name, shape, parameters }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{shape}</td>
            <td class="value">{parameters.toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">all</th>
          <td />
          <td class="value">{table.parameters.toLocaleString('en')}</td>
        </tr>
      </tfoot>
    </table>
  )
}

function TrainingSettings(props: TrainProps) {
  const { config, onConfig, trainer } = props
  const { recipe } = config
  const images = trainer.state.data?.counts.train
  return (
    <fieldset>
      <legend>Training</legend>
      {recipe.kind === 'named' ? (
        <dl>
          {trainer.recipes
            .find(({ name }) => name === recipe.name)
            ?.facts.map(({ name, value }) => (
              <Fragment key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </Fragment>
            ))}
        </dl>
      ) : (
        <OwnTrainingSettings recipe={recipe} onRecipe={(next) => onConfig({ ...config, recipe: next })} />
      )}
      <div class="row">
        {(
          [
            ['batchSize', 'Batch size'],
            ['epochs', 'Epochs'],
          ] as const
        ).map(([key, label]) => (
          <NumberField
            key={key}
            label={label}
            min={1}
            step={1}
            value={config[key]}
            onChange={(value) => onConfig({ ...config, [key]: value })}
          />
        ))}
      </div>
      {images !== undefined && <p class="small quiet">{stepsOf(config, images).toLocaleString('en')} steps in all</p>}
    </fieldset>
  )
}

type OwnRecipe = Exclude<TrainConfig['recipe'], NamedRecipe>

function OwnTrainingSettings({
  recipe,
  onRecipe,
}: {
  readonly recipe: OwnRecipe
  readonly onRecipe: (recipe: OwnRecipe) => void
}) {
  return (
    <>
      <div class="row">
        <Field label="Optimizer">
          <select
            value={recipe.optimizer}
            onChange={({ currentTarget }) => onRecipe({ ...recipe, optimizer: currentTarget.value as UpdateName })}
          >
            {updateNames.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        {(
          [
            ['learningRate', 'Learning rate'],
            ['reg', 'L2 penalty'],
          ] as const
        ).map(([key, label]) => (
          <NumberField
            key={key}
            label={label}
            min={0}
            step="any"
            value={recipe[key]}
            onChange={(value) => onRecipe({ ...recipe, [key]: value })}
          />
        ))}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={recipe.augment}
          onChange={({ currentTarget }) => onRecipe({ ...recipe, augment: currentTarget.checked })}
        />
        Mirror and shift the images at random
      </label>
    </>
  )
}
