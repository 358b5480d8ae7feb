import { arch, cpus, platform, totalmem } from 'node:os'
import type { Evaluation, History, Model } from '@convkit/nn'
import { monitorOf } from 'convkit/training'
import { renderToStaticMarkup } from 'preact-render-to-string'
import type { Chart, Strip, Table } from '../charts/content.js'
import { drawFilters } from '../charts/filters.js'
import { formatSeconds } from '../charts/format.js'
import { style } from '../charts/style.js'
import { ChartView, StripView, TableView } from '../charts/views.js'
import { flagName, type Settings } from '../config/load.js'
import { ConfusionView } from '../evaluation/confusion.js'
import { errorText } from '../evaluation/reconstructionText.js'
import { percent } from '../evaluation/text.js'
import type { TrainingData } from '../trainingData.js'
import { parameterCount } from '../trainReport.js'
import { version } from '../version.js'
import { runCharts } from './charts.js'
import type { StepLog } from './log.js'
import type { Reconstruction } from './reconstruct.js'

export interface Run {
  readonly settings: Settings
  readonly model: Model
  readonly data: TrainingData
  readonly history: History
  readonly log: StepLog
  /** Of the validation set; null without one, or for a model without classes. */
  readonly evaluation: Evaluation | null
  /** Of the validation set; null without one, or for a model that gives no images. */
  readonly reconstruction: Reconstruction | null
  /** Of this call, which may have gone on with an earlier run. */
  readonly seconds: number
}

/** A run as one HTML document that needs nothing else: no script, no request. */
export async function renderRunPage(run: Run): Promise<string> {
  const { history, log, model } = run
  const page = <Page run={run} charts={runCharts(history, log)} filters={await filtersOf(model)} />
  return `<!doctype html>\n${renderToStaticMarkup(page)}`
}

/** Options and descriptions are to be read, not scrolled. */
const own = 'td.figure { white-space: normal; overflow-wrap: anywhere; } .long { max-height: none; }'

interface PageProps {
  readonly run: Run
  readonly charts: readonly Chart[]
  readonly filters: Strip | null
}

function Page({ run, charts, filters }: PageProps) {
  const { model, data, history, evaluation, reconstruction } = run
  const last = history.epochs.at(-1)
  const title = `${run.settings.recipe ?? model.name} on ${run.settings.data ?? 'CIFAR-10'}`
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style + own }} />
      </head>
      <body>
        <header>
          <h1>{title}</h1>
          <p class="quiet">
            {history.losses.length} steps, {last?.epoch ?? 0} epochs; {data.train.labels.length} images to train on,{' '}
            {data.validation?.labels.length ?? 'none'} to validate.
          </p>
          {evaluation && (
            <p class="summary">
              {percent(evaluation.accuracy)} of the validation images are right; their mean cross-entropy is{' '}
              {evaluation.loss.toFixed(4)}
            </p>
          )}
          {reconstruction && (
            <p class="summary">
              The mean squared error of the validation images is {errorText(reconstruction.meanSquaredError)}
            </p>
          )}
        </header>
        <main>
          <section>
            <h2>Training</h2>
            <div class="side">
              {charts.map((chart) => (
                <ChartView key={chart.title} chart={chart} />
              ))}
            </div>
          </section>
          {evaluation && (
            <ConfusionView
              title="Confusion matrix of the validation set"
              confusion={evaluation.confusion}
              classNames={data.train.classNames}
            />
          )}
          {reconstruction && (
            <section>
              <h2>Reconstructions of validation images</h2>
              <StripView strip={reconstruction.pictures} />
            </section>
          )}
          {filters && (
            <section>
              <h2>First layer</h2>
              <StripView strip={filters} />
            </section>
          )}
          <section>
            <h2>How it was made</h2>
            <TableView table={machineTable(run)} />
            <TableView table={settingsTable({ ...run.settings, monitor: monitorOf(run.settings) })} />
          </section>
        </main>
      </body>
    </html>
  )
}

/** Of the layer that looks at colours: null where none does. */
async function filtersOf({ params, buffers }: Model): Promise<Strip | null> {
  const first = [...params, ...buffers].find(({ tensor: { shape } }) => shape.length === 4 && shape[1] === 3)
  if (!first) return null
  const { shape } = first.tensor
  const picture = await drawFilters({ values: await first.tensor.read(), shape })
  const alt = `Grid of ${shape[0]} filters as colour pictures, each ${shape[3]} by ${shape[2]} pixels`
  const caption = `${first.name}: ${shape[0]} filters of ${shape[2]} by ${shape[3]} pixels, each stretched from its smallest weight to its largest.`
  return { caption, pictures: [{ ...picture, alt }] }
}

function machineTable({ model, seconds }: Run): Table {
  const { name, description } = model.scope.backend
  const [processor] = cpus()
  const rows = [
    ['convkit', version()],
    ['backend', `${name}: ${description}`],
    ['parameters', `${parameterCount(model)}, ${model.dtype}`],
    ['machine', `${cpus().length} x ${processor?.model ?? 'unknown processor'}, ${(totalmem() / 1e9).toFixed(0)} GB`],
    ['system', `${platform()} ${arch()}, Node ${process.versions.node}`],
    ['time of this run', formatSeconds(seconds)],
  ] as const
  return {
    caption: 'Machine and engine',
    columns: ['what', 'value'],
    rows: rows.map(([header, cell]) => ({ header, cells: [cell] })),
  }
}

const ofThreeLayerConvNet = ['filters', 'filterSize', 'hidden', 'weightScale'] satisfies (keyof Settings)[]
const ofFolders = ['imageSize', 'skipUnreadable'] satisfies (keyof Settings)[]

/** Functions by name, for JSON has none. */
const named = (_: string, value: unknown) => (typeof value === 'function' ? value.name || 'a function' : value)

function settingsTable(settings: Settings): Table {
  const idle: readonly string[] = [...(settings.model ? ofThreeLayerConvNet : []), ...(settings.data ? [] : ofFolders)]
  const rows = Object.entries(settings).flatMap(([name, value]) => {
    return value === undefined || idle.includes(name)
      ? []
      : [{ header: flagName(name), cells: [JSON.stringify(value, named)] }]
  })
  return { caption: 'Options', columns: ['option', 'value'], rows }
}
