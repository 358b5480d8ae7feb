import { keysOf, updateNames } from '@convkit/api'
import type { Augment } from '@convkit/data'
import type { Schedule } from '@convkit/nn'
import type { BackendConfig, Config, ModelFactory } from 'convkit'
import { providerNames } from 'convkit/internal'
import { parseAugment, trainingDefaults } from 'convkit/training'
import { z } from 'zod'

// A check's error is the phrase that follows "expected" in what the user reads.
const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`
  return number(min, max, error).int({ error })
}
/** Whatever is smaller or larger than its range is 0 or infinite in float32, or sets weights to what is. */
const real = (min: number, max: number) => number(min, max, `a number from ${min} to ${max}`)
function number(min: number, max: number, error: string) {
  return z.number({ error }).min(min, { error }).max(max, { error })
}
/** More images, or passes over them, than any run has: what there are is held against the data too. */
const many = 1_000_000_000
const tiny = 1e-30
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, { error: `one of ${values.join(', ')}` })
const scheduleNames = keysOf({
  constant: true,
  oneCycle: true,
  triangular: true,
  cosine: true,
  stepDecay: true,
  plateau: true,
} satisfies { readonly [N in NonNullable<Config['schedule']>]: true })
const switched = z.boolean({ error: 'true or false' })
const path = z.string({ error: 'a path' }).min(1, { error: 'a path' })
const isBackend = (value: unknown): value is BackendConfig =>
  typeof value === 'string'
    ? value !== ''
    : typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'

/**
 * Every setting: its check and, in `describe`, its line of help. Its name is its key in the file; `batchSize` is also
 * the flag --batch-size and the variable CONVKIT_BATCH_SIZE.
 */
export const settings = {
  backend: z
    .custom<BackendConfig>(isBackend, { error: 'a name, a package, a ./path or { name, ...options }' })
    .describe('where the maths runs: a known name (see `convkit backends`), an npm package or a ./module.js'),
  provider: oneOf(providerNames).describe('what the gpu backend runs on: auto takes the first that is there'),
  strict: switched.describe('fail where the backend lacks a kernel, instead of running it on naive'),
  dtype: oneOf(['float32', 'float64']).describe('number type'),
  seed: z
    .int({ error: `a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}` })
    .describe('weights, batches and masks are drawn from it'),
  dataDir: path.describe('folder of CIFAR-10, or the one that it is in (default: the user cache)'),

  recipe: path.describe('a whole training: a name of `convkit recipes`, or a ./file of yours; other flags win over it'),
  model: z.custom<ModelFactory>((value) => typeof value === 'function', {
    error: 'a function (backend, { dtype, seed }) => Model',
  }),
  targets: oneOf(['labels', 'images']).describe("what the model's output is held against"),
  filters: whole(1, 1_000_000).describe('convolution filters'),
  filterSize: whole(1, 32_767).describe('their height and width, odd'),
  hidden: whole(1, 1_000_000_000).describe('units of the hidden layer'),
  weightScale: real(tiny, 1e6).describe('standard deviation of the first weights'),
  reg: real(0, 1e6).describe('strength of the L2 penalty'),

  data: path.describe(
    'train on a folder of images instead of CIFAR-10, one subfolder a class; more than memory holds are streamed from a temporary file (TMPDIR)',
  ),
  imageSize: whole(2, 16_384).describe('height and width that images of --data are cropped and resized to'),
  skipUnreadable: switched.describe('leave out images of --data that cannot be read, and say which'),
  train: whole(1, many).describe('training images (default: 49000 of CIFAR-10, all others of --data)'),
  validation: whole(0, many).describe(
    'validation images (default: 1000 of CIFAR-10, a tenth of --data); with 0 the run ends with its last weights',
  ),
  test: whole(0, many).describe(
    'images that are left aside to test on (default: all 10000 of CIFAR-10, a tenth of --data)',
  ),
  augment: z
    .custom<string | Augment>(
      (value) => typeof value === 'function' || (typeof value === 'string' && parseAugment(value) !== null),
      {
        error: 'none or a list such as flip,crop=4 of flip, alternatingFlip, crop, reflectCrop and cutout',
      },
    )
    .describe(
      'random changes to training images, one after another: flip or alternatingFlip (every other epoch), crop or reflectCrop (moved by up to =n pixels, an eighth), cutout (a square of =n pixels, half), as in flip,crop=4',
    ),

  epochs: whole(1, 1_000_000).describe('passes over the training images'),
  batchSize: whole(1, many).describe('images in a batch'),
  optimizer: oneOf(updateNames).describe('update rule'),
  hyperparameters: z.custom<NonNullable<Config['hyperparameters']>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    { error: "the optimizer's hyperparameters, like { momentum: 0.9 }" },
  ),
  groups: z.custom<NonNullable<Config['groups']>>(Array.isArray, {
    error: "a list of the optimizer's groups, like [{ match: '*.beta', weightDecay: 0 }]",
  }),
  learningRate: z
    .union([real(tiny, 1e6), z.custom<Schedule>((value) => typeof value === 'function')], {
      error: `a number from ${tiny} to ${1e6}`,
    })
    .describe('step size; the largest of a schedule'),
  lrDecay: real(tiny, 1).describe('the learning rate is multiplied by it after each epoch'),
  schedule: oneOf(scheduleNames).describe('how the learning rate changes from step to step'),
  warmUp: real(0, 1).describe('share of the steps in which it rises, of oneCycle, triangular and cosine'),
  decayEvery: whole(1, 1_000_000).describe('epochs between two steps down, of stepDecay'),
  decayPatience: whole(1, 1_000_000).describe('checks without a better one before it falls, of plateau'),
  decayFactor: real(tiny, 1).describe('what it falls by, of stepDecay and plateau'),
  averageDecay: number(0, 1 - 2 ** -20, 'a number of at least 0 and below 1').describe(
    'keep an exponential average of the weights with this decay, and end with it (default: the weights themselves)',
  ),
  averageEvery: whole(1, many).describe('steps from one addition to that average to the next'),
  clipNorm: real(tiny, 1e30).describe('scale gradients down to this norm'),
  gradientNorm: switched.describe("tell the norm of each step's gradients with its loss, in --json"),
  accumulate: whole(1, many).describe('parts that a batch is computed in, to save memory'),
  monitor: oneOf(['validationAccuracy', 'validationLoss']).describe(
    'what tells the best epoch, whose parameters the run ends with; by default the accuracy, or the loss where there are no classes',
  ),
  patience: whole(1, 1_000_000).describe('end the run after so many epochs without a better one'),
  trainSamples: whole(1, many).describe('training images that the accuracy is measured on'),
  validationSamples: whole(1, many).describe('validation images that the accuracy is measured on (default: all)'),
  lossEvery: whole(1, 10_000).describe('read the losses every so many iterations'),

  distributed: oneOf(['mpi']).describe('train data-parallel, as one rank of a job that mpirun or srun started'),
  syncBatchNorm: switched.describe('batch norm over the whole batch instead of the part of each rank'),

  checkpoint: path.describe('file to save the whole state of the run in'),
  checkpointEvery: whole(1, many).describe('save it every so many iterations, as well as after each epoch'),
  out: path.describe('file for the trained parameters (safetensors)'),
  log: path.describe('file for a table of the run (CSV): a row a step, with accuracies where they were measured'),
  report: path.describe(
    'file for a page on the run: curves, confusion matrix or reconstructions, filters, options, machine',
  ),
} satisfies { readonly [K in keyof Config]-?: z.ZodType<NonNullable<Config[K]>> }

export type SettingName = keyof typeof settings

export const configSchema = z.strictObject(settings).partial()

export const defaults = { ...trainingDefaults, backend: 'wasm', strict: false } satisfies Config

/** Relative ones count from the file that holds them, or else from the working directory. */
export const pathSettings: readonly SettingName[] = ['dataDir', 'data', 'checkpoint', 'out', 'log', 'report']
