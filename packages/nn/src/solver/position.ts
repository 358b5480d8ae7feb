import { DataError } from '@convkit/api'
import type { BatchesState, RandomState } from '@convkit/data'
import { cut } from '../cut.js'
import type { EpochRecord } from './events.js'
import type { Fingerprint } from './fingerprint.js'

/** A solver's state without its tensors, as JSON: every number is an integer or a double, which JSON keeps exactly. */
export interface Position {
  readonly fingerprint: Fingerprint
  readonly iteration: number
  readonly batches: BatchesState
  readonly noise: RandomState
  readonly sample: RandomState
  readonly epochs: readonly EpochRecord[]
  readonly best: EpochRecord | null
}

/** Throws `DataError` for what is no position. */
export function parsePosition(text: string | undefined): Position {
  const { fingerprint, iteration, batches, noise, sample, epochs, best } = object('', parse(text))
  const { random, position } = object('batches', batches)
  if (!Array.isArray(epochs)) throw unlike('epochs', 'a list')
  const taken = count('iteration', iteration)
  return {
    fingerprint: readFingerprint(fingerprint),
    iteration: taken,
    batches: { random: readRandom('batches.random', random), position: count('batches.position', position) },
    noise: readRandom('noise', noise),
    sample: readRandom('sample', sample),
    epochs: epochs.map((record, i) => readRecord(`epochs[${i}]`, record, taken)),
    best: best === null ? null : readRecord('best', best, taken),
  }
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch (cause) {
    throw new DataError('checkpoint: its state is not JSON', { cause })
  }
}

function readFingerprint(value: unknown): Fingerprint {
  const entries = Object.entries(object('fingerprint', value)).map(([name, own]) => {
    const isPlain = own === null || ['string', 'number', 'boolean'].includes(typeof own)
    if (!isPlain) throw unlike('fingerprint', 'texts, numbers, true, false and null')
    return [name, own as string | number | boolean | null] as const
  })
  return Object.fromEntries(entries)
}

/** Four words of 32 bits; a generator of zeros alone gives zeros for ever. */
function readRandom(path: string, value: unknown): RandomState {
  if (Array.isArray(value) && value.length === 4 && value.every((word) => word === (word | 0)) && value.some(Boolean))
    return value
  throw unlike(path, 'four integers of 32 bits, not all 0')
}

function readRecord(path: string, value: unknown, taken: number): EpochRecord {
  const record = object(path, value)
  const iteration = count(`${path}.iteration`, record.iteration)
  if (iteration > taken) throw unlike(`${path}.iteration`, `at most ${taken}`)
  return {
    epoch: count(`${path}.epoch`, record.epoch),
    iteration,
    trainAccuracy: part(`${path}.trainAccuracy`, record.trainAccuracy),
    validationAccuracy: part(`${path}.validationAccuracy`, record.validationAccuracy),
    validationLoss: maybeFinite(`${path}.validationLoss`, record.validationLoss),
    metrics: Object.fromEntries(
      Object.entries(object(`${path}.metrics`, record.metrics)).map(([name, value]) => [
        name,
        maybeFinite(`${path}.metrics.${cut(name)}`, value),
      ]),
    ),
  }
}

function object(path: string, value: unknown): { readonly [key: string]: unknown } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw unlike(path, 'an object')
}

function count(path: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw unlike(path, 'a whole number of at least 0')
}

function part(path: string, value: unknown): number | null {
  if (value === null) return value
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw unlike(path, 'a number from 0 to 1, or null')
}

function maybeFinite(path: string, value: unknown): number | null {
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value
  throw unlike(path, 'a finite number or null')
}

function unlike(path: string, wanted: string): DataError {
  return new DataError(`checkpoint: its state${path && `.${path}`} is not ${wanted}`)
}
