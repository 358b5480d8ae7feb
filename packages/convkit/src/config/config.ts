import type { Backend, FloatDType, Shape, UpdateName } from '@convkit/api'
import type { AnyDataset, Augment } from '@convkit/data'
import type { Model, Monitor, ParameterGroup, Schedule, schedules } from '@convkit/nn'
import type { ProviderChoice } from '../backends.js'
import type { BackendConfig } from '../createBackend.js'

/** What a network is built for. */
export interface NetworkPurpose {
  /** Shape of one image: [3, 32, 32]. */
  readonly input: Shape
  readonly classes: number
  /** To draw first weights from; null for a model whose weights come from a file. */
  readonly train: AnyDataset | null
}

/** Builds the model to train. All its randomness must come from `seed`. */
export type ModelFactory = (
  backend: Backend,
  options: { readonly dtype: FloatDType; readonly seed: number },
  /** The images and classes of the data. */
  purpose: NetworkPurpose,
) => Model | Promise<Model>

/** What a `convkit.config.ts` exports by default. `convkit train --help` says what each setting does. */
export interface Config {
  readonly backend?: BackendConfig
  readonly provider?: ProviderChoice
  readonly strict?: boolean
  readonly dtype?: FloatDType
  readonly seed?: number
  readonly dataDir?: string

  /** A name of `convkit recipes`, or a ./file. */
  readonly recipe?: string
  readonly model?: ModelFactory
  /** What the model's output is held against: labels, or `'images'`, each image itself over 64; default labels. */
  readonly targets?: 'labels' | 'images'
  readonly filters?: number
  readonly filterSize?: number
  readonly hidden?: number
  readonly weightScale?: number
  readonly reg?: number

  readonly data?: string
  readonly imageSize?: number
  readonly skipUnreadable?: boolean
  readonly train?: number
  readonly validation?: number
  readonly test?: number
  /** A list as `--augment` takes it, or a function. */
  readonly augment?: string | Augment

  readonly epochs?: number
  readonly batchSize?: number
  readonly optimizer?: UpdateName
  /** Of the optimizer, beside the learning rate: `{ momentum: 0.9 }`. */
  readonly hyperparameters?: { readonly [name: string]: number | Schedule }
  /** Of those whose names match. Their rates are not those of `schedule`, but may be schedules of their own. */
  readonly groups?: readonly ParameterGroup[]
  /** A schedule is for the `schedule` constant. */
  readonly learningRate?: number | Schedule
  readonly lrDecay?: number
  readonly schedule?: 'constant' | keyof typeof schedules
  readonly warmUp?: number
  readonly decayEvery?: number
  readonly decayPatience?: number
  readonly decayFactor?: number
  readonly averageDecay?: number
  readonly averageEvery?: number
  readonly clipNorm?: number
  readonly gradientNorm?: boolean
  readonly accumulate?: number
  readonly monitor?: Monitor
  readonly patience?: number
  readonly trainSamples?: number
  readonly validationSamples?: number
  readonly lossEvery?: number

  readonly distributed?: 'mpi'
  readonly syncBatchNorm?: boolean

  readonly checkpoint?: string
  readonly checkpointEvery?: number
  readonly out?: string
  readonly log?: string
  readonly report?: string
}

/** Types the configuration for the editor; returns it as it is. */
export function defineConfig(config: Config): Config {
  return config
}
