import { existsSync } from 'node:fs'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { ConfigError, withSyncBatchNorm } from '@convkit/api'
import { checkPlaces, holdFile } from '@convkit/files'
import { agree, type Metered, type Model, type ModelCard, type OnWarning, Solver } from '@convkit/nn'
import { saveCheckpoint, saveModel } from '@convkit/nn/node'
import { createModel, solverOptions } from 'convkit/training'
import type { LoadedConfig, Settings } from '../config/load.js'
import type { SettingName } from '../config/schema.js'
import { fetchProgress } from '../fetchProgress.js'
import { interruptible } from '../interrupt.js'
import { asRank, gatherRanks, isFirst, threadsPerRank } from '../ranks.js'
import { openRecords } from '../records/records.js'
import { resume } from '../resume.js'
import { note } from '../terminal.js'
import { loadTrainingData, type TrainingData, targetedSet } from '../trainingData.js'
import { batchOf, checkTrainSettings, tellIdleSettings } from '../trainLimits.js'
import { jsonReport, noReport, textReport } from '../trainReport.js'
import { addSettings, backendSettings, openBackend, placesOf, readSettings } from './settings.js'

const flags: { readonly [heading: string]: readonly SettingName[] } = {
  'Backend:': backendSettings,
  'Data:': ['data', 'imageSize', 'skipUnreadable', 'dataDir', 'train', 'validation', 'test', 'augment'],
  'Recipe:': ['recipe'],
  'Model:': ['filters', 'filterSize', 'hidden', 'weightScale', 'reg'],
  'Training:': [
    'epochs',
    'batchSize',
    'optimizer',
    'learningRate',
    'lrDecay',
    'schedule',
    'warmUp',
    'decayEvery',
    'decayPatience',
    'decayFactor',
    'averageDecay',
    'averageEvery',
    'clipNorm',
    'gradientNorm',
    'accumulate',
    'monitor',
    'patience',
    'trainSamples',
    'validationSamples',
    'lossEvery',
  ],
  'Ranks:': ['distributed', 'syncBatchNorm'],
  'Files:': ['checkpoint', 'checkpointEvery', 'out', 'log', 'report'],
}

export function trainCommand(): CommandUnknownOpts {
  const command = new Command('train')
    .summary('train a convolutional network')
    .description(
      'Train ThreeLayerConvNet (conv - relu - 2x2 max pool - affine - relu - affine - softmax), or the `model` of the configuration file, on CIFAR-10 or on your own images.',
    )
    .option('--resume', 'go on from --checkpoint, bit for bit; start anew where there is none yet')
    .option('--json', 'print a JSON line an event: start, warning, loss, epoch, saved, done')
    .addHelpText(
      'after',
      `
Ctrl-C stops between two steps, saves the checkpoint and exits with 130; so does the end of its terminal (129), or of
whoever reads its output (141). One run at a time writes a checkpoint.

Examples:
  convkit train --train 5000 --filters 16 --filter-size 3
  convkit train --epochs 5 --checkpoint run.safetensors --checkpoint-every 200 --resume
  convkit train --epochs 10 --schedule oneCycle --learning-rate 0.005 --warm-up 0.2
  convkit train --epochs 100 --monitor validationLoss --patience 5 --out best.safetensors
  convkit train --epochs 20 --augment alternatingFlip,reflectCrop=4,cutout=8
  convkit train --epochs 5 --log run.csv --report run.html
  convkit train --recipe lenet --epochs 5 --out lenet.safetensors
  convkit train --recipe autoencoder --report pictures.html
  convkit train --data photos --image-size 48 --out photos.safetensors
  convkit train --backend gpu --provider webgpu
  convkit train --backend ./my-backend.js --json > losses.jsonl
  mpirun -n 4 npx convkit train --distributed mpi --batch-size 200

A model of your own, in convkit.config.ts:
  import { defineConfig, layers, Sequential } from 'convkit'
  export default defineConfig({
    epochs: 3,
    model: (backend, options) =>
      new Sequential(backend, {
        ...options,
        input: [3, 32, 32],
        layers: [
          layers.standardise(),
          layers.convBnReluPool({ filters: 8, kernel: 3, pad: 'same' }),
          layers.affine({ units: 10, weightScale: 1e-3 }),
        ],
      }),
  })`,
    )
    .action(async ({ resume = false, json = false }, self) => {
      const loading = readSettings(self)
      // Wrong settings too are for the ranks to agree on, so that one of them tells.
      const distributed = await loading.then(
        ({ settings }) => settings.distributed,
        () => asksForRanks(self),
      )
      const stop = new AbortController()
      let outputLost: string | null = null
      using _ = interruptible(({ says, signal }) => {
        if (!signal) outputLost = says
        stop.abort()
      })
      const run = async (communicator: Metered | null) => {
        const loaded = await agree(communicator, () => loading)
        await train(loaded, { resume, json, signal: stop.signal, communicator }).catch((error: unknown) => {
          if (!isReason(error, stop.signal)) throw error
        })
      }
      await (distributed ? asRank(run) : run(null))
      if (outputLost) note(`${outputLost}: stopped`)
    })
  for (const [heading, names] of Object.entries(flags)) addSettings(command, names, heading)
  return command
}

/** What can be known to be wrong before hours of training. Gives the checkpoint to this run until it ends. */
async function holdFiles(settings: Settings, resume: boolean): Promise<Disposable | null> {
  const { checkpoint, checkpointEvery, out, log, report } = settings
  if (checkpoint === undefined) {
    if (resume) throw new ConfigError('--resume: expected --checkpoint with the file to go on from')
    if (checkpointEvery !== undefined) throw new ConfigError('--checkpoint-every: expected --checkpoint with a file')
  } else if (existsSync(checkpoint)) {
    if (!resume)
      throw new ConfigError(`--checkpoint: ${checkpoint} exists; add --resume to go on from it, or remove it`)
  } else if (resume) note(`there is no ${checkpoint} yet: starting anew`)
  if (log !== undefined && !resume && existsSync(log))
    throw new ConfigError(`--log: ${log} exists; name another file, or remove it`)
  await checkPlaces(placesOf({ checkpoint, out, log, report }))
  return checkpoint === undefined ? null : await holdFile(checkpoint)
}

/** As far as can be told from settings that are wrong. */
function asksForRanks(command: CommandUnknownOpts): boolean {
  return command.getOptionValue('distributed') === 'mpi' || process.env.CONVKIT_DISTRIBUTED === 'mpi'
}

/** Whether an error is what the signal said, from this rank or from all. */
function isReason(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || (error instanceof Error && error.cause === reason))
}

interface TrainOptions {
  readonly resume: boolean
  readonly json: boolean
  readonly signal: AbortSignal
  readonly communicator: Metered | null
}

/** As one of several ranks, all do the same; the first alone reads and writes files and reports. */
async function train(loaded: LoadedConfig, options: TrainOptions): Promise<void> {
  const { json, signal, communicator } = options
  const { checkpoint, checkpointEvery, out } = loaded.settings
  const first = isFirst(communicator)
  await agree(communicator, () => checkTrainSettings(loaded))
  using _ = await agree(communicator, () => (first ? holdFiles(loaded.settings, options.resume) : null))
  const threads = communicator ? await threadsPerRank(communicator) : undefined
  let report = noReport()
  const onWarning = (warning: string) => report.warning(warning)
  const { backend, data, ...own } = await agree(communicator, () => prepare(loaded, options, threads, onWarning))
  using model = own.model
  using solver = own.solver
  if (options.resume && checkpoint !== undefined) await resume(solver, checkpoint, communicator)
  const ranks = communicator && (await gatherRanks(communicator, backend))
  const card = cardOf(model, data, loaded.settings)
  const records = await agree(communicator, () =>
    first ? openRecords(loaded.settings, { model, data, solver }, options.resume) : null,
  )
  report = (first ? (json ? jsonReport : textReport) : noReport)({ model, data, solver, ranks })
  try {
    for await (const event of solver.train({ signal, ...(checkpointEvery === undefined ? {} : { checkpointEvery }) })) {
      await records?.event(event)
      const stopped = event.type === 'done' && event.aborted
      // Before the report: who has read of an event finds its checkpoint on disk.
      if (checkpoint !== undefined && (stopped || event.type === 'epoch' || event.type === 'checkpoint'))
        await (first ? saveCheckpoint(checkpoint, solver, card) : solver.state())
      report.event(event)
    }
  } finally {
    report.stop()
  }
  for (const file of (await records?.finish()) ?? []) report.saved(file)
  if (out !== undefined && first && !signal.aborted) {
    await saveModel(out, model, card)
    report.saved(out)
    if (loaded.settings.model && card.layers === undefined)
      note(
        `${out} does not say its layers: \`predict\`, \`evaluate\` and \`export\` need the configuration's model, unless it is a ThreeLayerConvNet`,
      )
  }
  await backend.close?.()
}

/** What `predict`, `evaluate` and `export` read of the data that a model was trained on. */
function cardOf(model: Model, { train, mean }: TrainingData, { targets }: Settings): ModelCard {
  const { layersText, lossDescription: loss, numClasses } = model
  const [, ...shape] = train.shape
  // Layers without their loss would be read as a classifier's.
  const isKnown = layersText && (loss || numClasses !== null)
  return {
    meanImage: { dtype: 'float32', shape, data: mean },
    ...(numClasses !== null && { classNames: train.classNames }),
    ...(isKnown && { layers: layersText }),
    ...(loss && { loss }),
    ...(targets === 'images' && { targets }),
  }
}

async function prepare(
  loaded: LoadedConfig,
  { json, signal, communicator }: TrainOptions,
  threads: number | undefined,
  onWarning: OnWarning,
) {
  const { settings } = loaded
  const first = isFirst(communicator)
  const own = await openBackend(loaded, { threads, quiet: !first })
  const sync = settings.syncBatchNorm && communicator
  const backend = sync ? withSyncBatchNorm(own, (values) => communicator.allreduce(values)) : own
  const progress = fetchProgress(json || !first)
  const onNote = first ? note : () => undefined
  const data = await loadTrainingData(settings, { onProgress: progress.onProgress, onNote, signal }).finally(
    progress.stop,
  )
  const batchSize = batchOf(data.train.labels.length, loaded)
  const model = await createModel(backend, settings, data.train)
  try {
    const options = { ...solverOptions(settings, data.train), batchSize, communicator, onWarning }
    const { train, validation } = data
    const sets = {
      train: targetedSet(settings, train),
      validation: validation && targetedSet(settings, validation),
    }
    const solver = new Solver(model, sets, options)
    if (first) tellIdleSettings(loaded, data, solver.iterations)
    return { backend, data, model, solver }
  } catch (error) {
    model[Symbol.dispose]()
    throw error
  }
}
