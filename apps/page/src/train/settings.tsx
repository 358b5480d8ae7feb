import { type UpdateName, updateNames } from '@convkit/api'
import { pictureFormats } from '@convkit/data'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type FolderFile, filesOf } from '../data/folder.js'
import { Field, NumberField } from '../ui/field.js'
import { sequential, type TrainConfig, threeLayerConvNet } from './config.js'
import type { NetworkTable } from './network.js'
import type { OwnInfo } from './trainer.js'
import type { TrainerHandle } from './useTrainer.js'

interface Props {
  readonly config: TrainConfig
  readonly onConfig: (config: TrainConfig) => void
  readonly trainer: TrainerHandle
}

export function Settings(props: Props) {
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

function NetworkSettings({ config, onConfig, trainer }: Props) {
  const { network } = config
  return (
    <fieldset>
      <legend>Network</legend>
      <Field label="Kind">
        <select
          value={network.kind}
          onChange={({ currentTarget }) =>
            onConfig({ ...config, network: currentTarget.value === 'sequential' ? sequential : threeLayerConvNet })
          }
        >
          <option value="threeLayerConvNet">ThreeLayerConvNet</option>
          <option value="sequential">Sequential</option>
        </select>
      </Field>
      {network.kind === 'sequential' ? (
        <Field label="Layers, one a line">
          <textarea
            rows={6}
            spellcheck={false}
            autocapitalize="off"
            value={network.layers}
            onInput={({ currentTarget }) =>
              onConfig({ ...config, network: { ...network, layers: currentTarget.value } })
            }
          />
        </Field>
      ) : (
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
              value={network[key]}
              onChange={(value) => onConfig({ ...config, network: { ...network, [key]: value } })}
            />
          ))}
        </div>
      )}
      <NetworkSummary config={config} trainer={trainer} />
    </fieldset>
  )
}

/** Asked of the library itself, a moment after the last key. */
function NetworkSummary({ config, trainer }: Pick<Props, 'config' | 'trainer'>) {
  const [table, setTable] = useState<NetworkTable | { readonly problem: string } | null>(null)
  const { ask } = trainer
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
  }, [config.network, ask])
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

function TrainingSettings({ config, onConfig }: Props) {
  return (
    <fieldset>
      <legend>Training</legend>
      <div class="row">
        <Field label="Optimizer">
          <select
            value={config.optimizer}
            onChange={({ currentTarget }) => onConfig({ ...config, optimizer: currentTarget.value as UpdateName })}
          >
            {updateNames.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        {(
          [
            ['learningRate', 'Learning rate', 0, 'any'],
            ['batchSize', 'Batch size', 1, 1],
            ['epochs', 'Epochs', 1, 1],
            ['reg', 'Regularisation', 0, 'any'],
          ] as const
        ).map(([key, label, min, step]) => (
          <NumberField
            key={key}
            label={label}
            min={min}
            step={step}
            value={config[key]}
            onChange={(value) => onConfig({ ...config, [key]: value })}
          />
        ))}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={config.augment}
          onChange={({ currentTarget }) => onConfig({ ...config, augment: currentTarget.checked })}
        />
        Mirror and shift the images at random
      </label>
    </fieldset>
  )
}

function DataSettings({ trainer }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const chosen = useRef<readonly FolderFile[] | null>(null)
  const [own, setOwn] = useState<OwnInfo | null>(null)
  const [skipUnreadable, setSkipUnreadable] = useState(false)
  useEffect(() => {
    // Preact has no name for it.
    input.current?.setAttribute('webkitdirectory', '')
  }, [])

  async function take(files: readonly FolderFile[], skip: boolean) {
    chosen.current = files
    const found = await trainer.ask((remote) => remote.useFolder(files, skip))
    if (found) setOwn(found)
  }

  async function takeSample() {
    chosen.current = null
    await trainer.ask((remote) => remote.useSample())
    setOwn(null)
  }

  return (
    <fieldset>
      <legend>Images</legend>
      <p>{own ? `${own.title}, ${own.classes} classes` : 'CIFAR-10: 4,000 to train, 500 to validate, 500 to test'}</p>
      {own?.notes.map((note) => (
        <p key={note} class="small" role="status">
          {note}
        </p>
      ))}
      <p class="buttons">
        <button type="button" onClick={() => input.current?.click()}>
          Use a folder of yours
        </button>
        {own && (
          <button type="button" onClick={() => void takeSample()}>
            Back to CIFAR-10
          </button>
        )}
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={skipUnreadable}
          onChange={({ currentTarget: { checked } }) => {
            setSkipUnreadable(checked)
            if (chosen.current) void take(chosen.current, checked)
          }}
        />
        Leave out images that cannot be read
      </label>
      <p class="small quiet">
        A folder with a folder of images ({pictureFormats}) for each class, or with train and val above them. They stay
        on this device and are cut to 32 × 32 pixels.
      </p>
      <input
        ref={input}
        class="hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="A folder of labelled images"
        onChange={({ currentTarget }) => void take(filesOf(currentTarget.files ?? []), skipUnreadable)}
      />
    </fieldset>
  )
}
