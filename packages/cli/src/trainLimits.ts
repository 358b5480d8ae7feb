import { totalmem } from 'node:os'
import { ConfigError, updates } from '@convkit/api'
import { backendName } from 'convkit/internal'
import { idleOfSchedule, parseAugment } from 'convkit/training'
import { tellIdle } from './commands/settings.js'
import { flagName, type LoadedConfig, type Settings } from './config/load.js'
import { defaults, type SettingName } from './config/schema.js'
import type { TrainingData } from './trainingData.js'

/** What CIFAR-10 has to train and validate on. */
const cifar10Images = 50_000

/** Holds the settings of `train` to each other and to this machine, before anything is read. Throws `ConfigError`. */
export function checkTrainSettings({ settings, given }: LoadedConfig): void {
  const label = (name: SettingName) => given.get(name) ?? flagName(name)
  const {
    data,
    augment,
    learningRate,
    schedule,
    targets,
    monitor,
    patience,
    filterSize,
    accumulate,
    batchSize,
    validation = 1000,
  } = settings
  const side = data === undefined ? 32 : settings.imageSize
  if (settings.model === undefined) {
    const widest = 2 * side - 1
    if (filterSize % 2 === 0 || (filterSize > widest && filterSize !== defaults.filterSize))
      throw new ConfigError(
        `${label('filterSize')}: expected an odd whole number from 1 to ${widest}, which reaches across images of ${side} x ${side}, got ${filterSize}`,
      )
    checkMemory(settings, side, label)
  }
  if (typeof learningRate === 'function' && schedule !== 'constant')
    throw new ConfigError(
      `${label('schedule')}: expected constant, or a number as ${label('learningRate')}, which is a schedule of its own here, got ${schedule}`,
    )
  if (validation === 0 && (patience !== undefined || schedule === 'plateau'))
    throw new ConfigError(
      `${label('validation')}: expected images for ${patience === undefined ? 'the schedule plateau' : label('patience')} to go by, got 0`,
    )
  if (targets === 'images' && monitor === 'validationAccuracy')
    throw new ConfigError(`${label('monitor')}: expected validationLoss: a net that gives images has no accuracy`)
  const reach = typeof augment === 'string' ? (parseAugment(augment)?.get('reflectCrop') ?? 0) : 0
  if (reach >= side)
    throw new ConfigError(
      `${label('augment')}: expected a reflectCrop of less than the ${side} pixels of an image, got ${reach}`,
    )
  if (accumulate > batchSize)
    throw new ConfigError(
      `${label('accumulate')}: expected at most the ${batchSize} images of ${label('batchSize')}, got ${accumulate}`,
    )
  if (data !== undefined) return
  const train = settings.train ?? 49_000
  if (train + validation > cifar10Images) {
    const name = settings.validation !== undefined && validation >= cifar10Images ? 'validation' : 'train'
    throw new ConfigError(
      `${label(name)}: expected at most ${cifar10Images} images of CIFAR-10 with those to validate, got ${train} and ${validation}`,
    )
  }
  checkBatch(train, settings, label('batchSize'))
}

/** The batch of a training set of `n` images: as said, or all where the set is smaller than the default. */
export function batchOf(n: number, { settings, given }: LoadedConfig): number {
  checkBatch(n, settings, given.get('batchSize') ?? flagName('batchSize'))
  return Math.min(settings.batchSize, n)
}

/** Says what was set for this run and does nothing in it; `iterations` is how many steps it has. */
export function tellIdleSettings(loaded: LoadedConfig, { train, validation }: TrainingData, iterations: number): void {
  const { data, model, distributed, epochs, lossEvery, checkpointEvery, ...own } = loaded.settings
  const built = model !== undefined && "the configuration's model says it itself"
  const above = (samples: number | undefined, images = 0) =>
    samples !== undefined &&
    samples > images &&
    `there are ${images || 'no'} images${images > 0 ? ', and all are taken' : ''}`
  tellIdle(loaded, {
    imageSize: data === undefined && 'it is for --data; images of CIFAR-10 have 32 x 32 pixels',
    skipUnreadable: data === undefined && 'it is for --data',
    test: data === undefined && 'CIFAR-10 has a test set of its own, which `train` does not read',
    dataDir: data !== undefined && '--data names another folder to train on',
    filters: built,
    filterSize: built,
    hidden: built,
    weightScale: built,
    reg: built,
    lrDecay: epochs === 1 && own.lrDecay !== 1 && 'it is for after an epoch, and this run has one',
    averageEvery: own.averageDecay === undefined && 'no average is kept without --average-decay',
    ...idleOfSchedule(loaded.settings),
    trainSamples:
      own.targets === 'images'
        ? 'the accuracy is measured on them, and a net that gives images has none'
        : above(own.trainSamples, train.labels.length),
    validationSamples: above(own.validationSamples, validation?.labels.length),
    lossEvery: lossEvery > iterations && `there are ${iterations} iterations`,
    checkpointEvery:
      checkpointEvery !== undefined && checkpointEvery > iterations && `there are ${iterations} iterations`,
    syncBatchNorm:
      own.syncBatchNorm &&
      (distributed === undefined
        ? 'there are no ranks without --distributed'
        : model === undefined && 'a ThreeLayerConvNet has no batch norm'),
  })
}

function checkBatch(n: number, { batchSize }: Settings, label: string): void {
  if (batchSize > n && batchSize !== defaults.batchSize)
    throw new ConfigError(`${label}: expected at most the ${n} images of the training set, got ${batchSize}`)
}

/** Bytes of the parameters, their gradients and moments, and of a batch's activations, against what there is. */
function checkMemory(settings: Settings, side: number, label: (name: SettingName) => string): void {
  const { filters, filterSize, hidden, dtype, optimizer, batchSize, accumulate } = settings
  const pooled = filters * Math.floor(side / 2) ** 2
  const parameters = filters * (3 * filterSize ** 2 + 1) + (pooled + 1) * hidden
  const activations = Math.ceil(batchSize / accumulate) * ((3 + filters) * side ** 2 + pooled + hidden)
  const bytes = ((2 + updates[optimizer].slots.length) * parameters + activations) * (dtype === 'float32' ? 4 : 8)
  const [there, who] = memoryOf(backendName(settings.backend))
  if (bytes <= there) return
  const sizes = (['filters', 'filterSize', 'hidden', 'batchSize'] as const).map(
    (name) => `${label(name)} ${settings[name]}`,
  )
  throw new ConfigError(`${sizes.join(', ')}: need ${size(bytes)} of memory, ${who} ${size(there)}`)
}

function memoryOf(backend: string): readonly [bytes: number, who: string] {
  // Whole processes may be given less than the machine has; 0 where that is not known.
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY
  const machine = Math.min(totalmem(), limit)
  return backend === 'wasm' && machine > 2 ** 32 ? [2 ** 32, 'WebAssembly has'] : [machine, 'this machine has']
}

function size(bytes: number): string {
  return bytes < 1e12 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e12).toFixed(1)} TB`
}
