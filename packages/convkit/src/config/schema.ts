import type { Backend, FloatDType } from '@convkit/api'
import type { Model } from '@convkit/nn'
import { z } from 'zod'
import { providerNames } from '../backends.js'
import type { BackendConfig } from '../createBackend.js'

/** Builds the model to train. All its randomness must come from `seed`. */
export type ModelFactory = (
  backend: Backend,
  options: { readonly dtype: FloatDType; readonly seed: number },
) => Model | Promise<Model>

// A check's error is the phrase that follows "expected" in what the user reads.
const whole = (min: number) => {
  const error = `a whole number of at least ${min}`
  return z.number({ error }).int({ error }).min(min, { error })
}
const positive = z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' })
const atLeastZero = z.number({ error: 'a number of at least 0' }).min(0, { error: 'a number of at least 0' })
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, { error: `one of ${values.join(', ')}` })
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
    .number({ error: 'a whole number' })
    .int({ error: 'a whole number' })
    .describe('weights, batches and masks are drawn from it'),
  dataDir: path.describe('folder of CIFAR-10, or the one that it is in (default: the user cache)'),

  model: z.custom<ModelFactory>((value) => typeof value === 'function', {
    error: 'a function (backend, { dtype, seed }) => Model',
  }),
  filters: whole(1).describe('convolution filters'),
  filterSize: whole(1).describe('their height and width, odd'),
  hidden: whole(1).describe('units of the hidden layer'),
  weightScale: positive.describe('standard deviation of the first weights'),
  reg: atLeastZero.describe('strength of the L2 penalty'),

  data: path.describe(
    'train on a folder of images instead of CIFAR-10, one subfolder a class; more than memory holds are streamed from a temporary file (TMPDIR)',
  ),
  imageSize: whole(2).describe('height and width that images of --data are cropped and resized to'),
  skipUnreadable: switched.describe('leave out images of --data that cannot be read, and say which'),
  train: whole(1).describe('training images (default: 49000 of CIFAR-10, nine tenths of --data)'),
  validation: whole(1).describe('validation images (default: 1000 of CIFAR-10, a tenth of --data)'),
  augment: switched.describe('random flips and shifted crops of the training images'),

  epochs: whole(1).describe('passes over the training images'),
  batchSize: whole(1).describe('images in a batch'),
  optimizer: oneOf(['sgd', 'sgdMomentum', 'rmsprop', 'adam', 'adamw']).describe('update rule'),
  learningRate: positive.describe('step size'),
  lrDecay: positive.describe('the learning rate is multiplied by it after each epoch'),
  clipNorm: positive.describe('scale gradients down to this norm'),
  accumulate: whole(1).describe('parts that a batch is computed in, to save memory'),
  trainSamples: whole(1).describe('training images that the accuracy is measured on'),
  validationSamples: whole(1).describe('validation images that the accuracy is measured on (default: all)'),
  lossEvery: whole(1).describe('read the losses every so many iterations'),

  distributed: oneOf(['mpi']).describe('train data-parallel, as one rank of a job that mpirun or srun started'),
  syncBatchNorm: switched.describe('batch norm over the whole batch instead of the part of each rank'),

  checkpoint: path.describe('file to save the whole state of the run in'),
  checkpointEvery: whole(1).describe('save it every so many iterations, as well as after each epoch'),
  out: path.describe('file for the trained parameters (safetensors)'),
}

export type SettingName = keyof typeof settings

export const configSchema = z.strictObject(settings).partial()

/** What a `convkit.config.ts` exports by default. */
export type Config = { readonly [K in SettingName]?: z.input<(typeof settings)[K]> }

export const defaults = {
  backend: 'wasm',
  strict: false,
  dtype: 'float32',
  seed: 231,
  filters: 32,
  filterSize: 7,
  hidden: 100,
  weightScale: 1e-3,
  reg: 0,
  imageSize: 32,
  skipUnreadable: false,
  augment: false,
  epochs: 1,
  batchSize: 50,
  optimizer: 'adam',
  learningRate: 1e-3,
  lrDecay: 1,
  accumulate: 1,
  trainSamples: 1000,
  lossEvery: 20,
  syncBatchNorm: false,
} satisfies Config

/** Relative ones count from the file that holds them, or else from the working directory. */
export const pathSettings: readonly SettingName[] = ['dataDir', 'data', 'checkpoint', 'out']

/** Types the configuration for the editor; returns it as it is. */
export function defineConfig(config: Config): Config {
  return config
}
