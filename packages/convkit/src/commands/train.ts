import { existsSync } from 'node:fs'
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { type Backend, ConfigError } from '@convkit/api'
import { compose, padCrop, randomFlip } from '@convkit/data'
import { type Model, Solver, type SolverOptions, ThreeLayerConvNet } from '@convkit/nn'
import { loadCheckpoint, saveCheckpoint, saveModel } from '@convkit/nn/node'
import type { Settings } from '../config/load.js'
import type { SettingName } from '../config/schema.js'
import { fetchProgress } from '../fetchProgress.js'
import { note } from '../terminal.js'
import { loadTrainingData, type TrainingData } from '../trainingData.js'
import { jsonReport, textReport } from '../trainReport.js'
import { addSettings, backendSettings, openBackend, readSettings } from './settings.js'

const flags: { readonly [heading: string]: readonly SettingName[] } = {
  'Backend:': backendSettings,
  'Data:': ['data', 'imageSize', 'dataDir', 'train', 'validation', 'augment'],
  'Model:': ['filters', 'filterSize', 'hidden', 'weightScale', 'reg'],
  'Training:': [
    'epochs',
    'batchSize',
    'optimizer',
    'learningRate',
    'lrDecay',
    'clipNorm',
    'accumulate',
    'trainSamples',
    'validationSamples',
    'lossEvery',
  ],
  'Files:': ['checkpoint', 'checkpointEvery', 'out'],
}

export function trainCommand(): CommandUnknownOpts {
  const command = new Command('train')
    .summary('train a convolutional network')
    .description(
      'Train ThreeLayerConvNet (conv - relu - 2x2 max pool - affine - relu - affine - softmax), or the `model` of the configuration file, on CIFAR-10 or on your own images.',
    )
    .option('--resume', 'go on from --checkpoint, bit for bit; start anew where there is none yet')
    .option('--json', 'print a JSON line an event: start, loss, epoch, saved, done')
    .addHelpText(
      'after',
      `
Ctrl-C stops between two steps, saves the checkpoint and exits with 130.

Examples:
  convkit train --train 5000 --filters 16 --filter-size 3
  convkit train --epochs 5 --checkpoint run.safetensors --checkpoint-every 200 --resume
  convkit train --data photos --image-size 48 --out photos.safetensors
  convkit train --backend gpu --provider webgpu
  convkit train --backend ./my-backend.js --json > losses.jsonl

A model of your own, in convkit.config.ts:
  import { defineConfig, layers, Sequential } from 'convkit'
  export default defineConfig({
    epochs: 3,
    model: (backend, options) =>
      new Sequential(backend, {
        ...options,
        input: [3, 32, 32],
        layers: [layers.convReluPool({ filters: 8, kernel: 3, pad: 'same' }), layers.affine({ units: 10 })],
      }),
  })`,
    )
    .action(async ({ resume = false, json = false }, self) => {
      const loaded = await readSettings(self)
      const { settings } = loaded
      checkFiles(settings, resume)
      const stop = stopOnSignal()
      try {
        const backend = await openBackend(loaded)
        await train(backend, settings, { resume, json, signal: stop.signal })
        await backend.close?.()
      } catch (error) {
        if (error !== stop.signal.reason) throw error
      } finally {
        stop.done()
      }
    })
  for (const [heading, names] of Object.entries(flags)) addSettings(command, names, heading)
  return command
}

/** What can be known to be wrong before hours of training. */
function checkFiles({ checkpoint, checkpointEvery }: Settings, resume: boolean): void {
  if (checkpoint === undefined) {
    if (resume) throw new ConfigError('--resume: expected --checkpoint with the file to go on from')
    if (checkpointEvery !== undefined) throw new ConfigError('--checkpoint-every: expected --checkpoint with a file')
  } else if (existsSync(checkpoint)) {
    if (!resume)
      throw new ConfigError(`--checkpoint: ${checkpoint} exists; add --resume to go on from it, or remove it`)
  } else if (resume) note(`there is no ${checkpoint} yet: starting anew`)
}

/** The first signal asks to stop and sets the exit code; a second one ends the process at once. */
function stopOnSignal(): { readonly signal: AbortSignal; done(): void } {
  const controller = new AbortController()
  const codes = { SIGINT: 130, SIGTERM: 143 } as const
  const stop = (signal: keyof typeof codes) => {
    if (controller.signal.aborted) process.exit(codes[signal])
    process.exitCode = codes[signal]
    controller.abort()
  }
  // Kept after the first signal: with none left, whoever else listens would take it for the end of the process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  return {
    signal: controller.signal,
    done() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
    },
  }
}

interface TrainOptions {
  readonly resume: boolean
  readonly json: boolean
  readonly signal: AbortSignal
}

async function train(backend: Backend, settings: Settings, { resume, json, signal }: TrainOptions): Promise<void> {
  const progress = fetchProgress(json)
  const data = await loadTrainingData(settings, { onProgress: progress.onProgress, signal }).finally(progress.stop)
  using model = await createModel(backend, settings, data)
  using solver = new Solver(model, data, solverOptions(settings, data))
  const { checkpoint, checkpointEvery, out } = settings
  if (resume && checkpoint !== undefined && existsSync(checkpoint)) solver.restore(await loadCheckpoint(checkpoint))
  const report = (json ? jsonReport : textReport)({ model, data, solver })
  try {
    for await (const event of solver.train({ signal, ...(checkpointEvery === undefined ? {} : { checkpointEvery }) })) {
      const stopped = event.type === 'done' && event.aborted
      // Before the report: who has read of an event finds its checkpoint on disk.
      if (checkpoint !== undefined && (stopped || event.type === 'epoch' || event.type === 'checkpoint'))
        await saveCheckpoint(checkpoint, solver)
      report.event(event)
    }
  } finally {
    report.stop()
  }
  if (out !== undefined && !signal.aborted) {
    await saveModel(out, model)
    report.saved(out)
  }
}

async function createModel(backend: Backend, settings: Settings, { train }: TrainingData): Promise<Model> {
  const { dtype, seed, filters, filterSize, hidden, weightScale, reg } = settings
  if (settings.model) return settings.model(backend, { dtype, seed })
  const [, channels, height, width] = train.shape
  return new ThreeLayerConvNet(backend, {
    inputDim: [channels, height, width],
    numFilters: filters,
    filterSize,
    hiddenDim: hidden,
    numClasses: train.classNames.length,
    weightScale,
    reg,
    dtype,
    seed,
  })
}

function solverOptions(settings: Settings, { train }: TrainingData): SolverOptions {
  const { epochs, batchSize, optimizer, learningRate, lrDecay, clipNorm, accumulate, seed } = settings
  const { trainSamples, validationSamples, lossEvery, augment } = settings
  const [, , height] = train.shape
  return {
    epochs,
    batchSize,
    optimizer: { name: optimizer, learningRate },
    lrDecay,
    seed,
    clipNorm: clipNorm ?? null,
    accumulate,
    trainSamples,
    validationSamples: validationSamples ?? null,
    lossEvery,
    // 4 pixels of 32, as is usual for CIFAR-10.
    augment: augment ? compose(randomFlip, padCrop(Math.round(height / 8))) : null,
  }
}
