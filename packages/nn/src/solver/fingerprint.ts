import { ConfigError, formatShape } from '@convkit/api'
import { augmentCode } from '@convkit/data'
import { cut } from '../cut.js'
import type { Hyperparameters } from '../layer.js'
import type { Model } from '../model.js'
import type { Optimizer } from '../optimizer.js'
import { entriesOf, isOfLength, type Schedule } from '../schedule.js'
import type { CheckedData } from './data.js'
import { digestOfSet, digestOfText } from './digest.js'
import type { Settings } from './options.js'
import { modelTensors } from './tensors.js'

/** What two runs must have in common for one to continue the other. */
export type Fingerprint = Hyperparameters

/**
 * Left out is what changes no step and no check from here: the number of epochs where no schedule stretches over it, `patience`, `lossEvery`, `snapshotEvery`, the seed
 * of the first weights; and the number of ranks, which may change. An augmentation is known by its name and code, a
 * metric by its code, a dataset by its shape and a digest of its contents, a model by its tensors and hyperparameters.
 */
export function fingerprint(model: Model, data: CheckedData, settings: Settings, optimizer: Optimizer): Fingerprint {
  const {
    epochs,
    batchSize,
    lrDecay,
    seed,
    trainSamples,
    validationSamples,
    monitor,
    keepBest,
    clipNorm,
    accumulate,
    augment,
    averageWeights: average,
  } = settings
  const several = (settings.communicator?.size ?? 1) > 1
  const result: { [name: string]: Fingerprint[string] } = {
    model: model.name,
    dtype: model.dtype,
    reg: model.reg,
    input: formatShape(model.inputShape),
    'training set': formatShape(data.train.shape),
    'validation set': data.validation && formatShape(data.validation.shape),
    'contents of the training set': digestOfSet(data.train),
    'contents of the validation set': data.validation && digestOfSet(data.validation),
    ...{ batchSize, lrDecay, seed, trainSamples, validationSamples, monitor, keepBest, clipNorm, accumulate },
    augment: augment && (augment.name || 'without a name'),
    'code of augment': augment && codeDigest(augmentCode(augment)),
    ...(average && { averageWeights: average.decay, 'averageWeights.every': average.every }),
    ...(several && { [syncBatchNorm]: model.scope.backend.syncBatchNorm ?? false }),
    optimizer: optimizer.name,
    ...model.hyperparameters,
  }
  for (const [name, metric] of Object.entries(settings.metrics)) result[`metric ${name}`] = codeDigest(String(metric))
  for (const [name, tensor] of modelTensors(model)) result[`shape of ${name}`] = formatShape(tensor.shape)
  for (const { name, decay } of model.params) result[`decay of ${name}`] = decay
  const add = (owner: string, hyperparameters: { readonly [name: string]: number | Schedule }) => {
    for (const [name, value] of Object.entries(hyperparameters)) {
      Object.assign(result, entriesOf(`${owner}.${name}`, value))
      if (isOfLength(value)) result['epochs of the schedules'] = epochs
    }
  }
  add(optimizer.name, optimizer.hyperparameters)
  for (const [i, { match, hyperparameters }] of optimizer.groups.entries()) {
    const owner = `${optimizer.name}.group ${i + 1}`
    result[owner] = match
    add(owner, hyperparameters)
  }
  return result
}

const syncBatchNorm = 'batch norm over all ranks'

function codeDigest(code: string): string | null {
  return code === '' ? null : digestOfText(code)
}

/** Throws a `ConfigError` that lists every difference. `what` is not as it should be: `checkpoint: of another run`. */
export function checkFingerprint(saved: Fingerprint, own: Fingerprint, what: string): void {
  const differences: string[] = []
  for (const name of new Set([...Object.keys(saved), ...Object.keys(own)])) {
    // A process that trains alone has the whole batch either way.
    if (name === syncBatchNorm && !(name in saved && name in own)) continue
    const [then, now] = [saved[name], own[name]].map((value) => (value === undefined ? 'absent' : String(value)))
    if (then !== now) differences.push(`${cut(name)} was ${cut(String(then))} and is ${now}`)
  }
  if (differences.length > 0) throw new ConfigError(`${what}: ${differences.join('; ')}`)
}
