import { ConfigError, formatShape } from '@convkit/api'
import { cut } from '../cut.js'
import type { Model } from '../model.js'
import type { Optimizer } from '../optimizer.js'
import type { CheckedData } from './data.js'
import { digestOf } from './digest.js'
import type { Settings } from './options.js'
import { modelTensors } from './tensors.js'

/** What two runs must have in common for one to continue the other. */
export type Fingerprint = { readonly [name: string]: string | number | boolean | null }

/**
 * Left out is what changes no step and no check: the number of epochs, `lossEvery`, `snapshotEvery`. An augmentation is
 * known by its name, a dataset by its shape and a digest of its contents, a model by its tensors.
 */
export function fingerprint(model: Model, data: CheckedData, settings: Settings, optimizer: Optimizer): Fingerprint {
  const { batchSize, lrDecay, seed, trainSamples, validationSamples, keepBest, clipNorm, accumulate, augment } =
    settings
  const result: { [name: string]: Fingerprint[string] } = {
    model: model.name,
    dtype: model.dtype,
    reg: model.reg,
    'training set': formatShape(data.train.shape),
    'validation set': formatShape(data.validation.shape),
    'contents of the training set': digestOf(data.train),
    'contents of the validation set': digestOf(data.validation),
    ...{ batchSize, lrDecay, seed, trainSamples, validationSamples, keepBest, clipNorm, accumulate },
    augment: augment?.name ?? null,
    optimizer: optimizer.name,
  }
  for (const [name, tensor] of modelTensors(model)) result[`shape of ${name}`] = formatShape(tensor.shape)
  for (const [name, value] of Object.entries(optimizer.hyperparameters)) result[`${optimizer.name}.${name}`] = value
  return result
}

/** Throws a `ConfigError` that lists every difference. `what` is not as it should be: `checkpoint: of another run`. */
export function checkFingerprint(saved: Fingerprint, own: Fingerprint, what: string): void {
  const differences: string[] = []
  for (const name of new Set([...Object.keys(saved), ...Object.keys(own)])) {
    const [then, now] = [saved[name], own[name]].map((value) => (value === undefined ? 'absent' : String(value)))
    if (then !== now) differences.push(`${cut(name)} was ${cut(String(then))} and is ${now}`)
  }
  if (differences.length > 0) throw new ConfigError(`${what}: ${differences.join('; ')}`)
}
