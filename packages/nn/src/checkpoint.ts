import { DataError, formatShape } from '@convkit/api'
import { cut } from './cut.js'
import type { Model } from './model.js'
import { cardMetadata, cardTensors, type ModelCard, withoutCard } from './modelCard.js'
import { type HostTensor, readSafetensors, writeSafetensors } from './safetensors.js'
import { type Position, parsePosition } from './solver/position.js'
import type { SolverState } from './solver/state.js'
import { type HostTensors, modelTensors, readTensors, writeTensors } from './solver/tensors.js'

const format = 'convkit-checkpoint'
const version = '1'

/**
 * A solver's state as a safetensors file: `model.*`, `optimizer.*`, `best.*` and `losses`, the rest as JSON in the
 * metadata, and a SHA-256 of the whole file with the digest's own place filled with zeros. The order of an epoch is
 * kept as the generator's state before its shuffle. Needs WebCrypto, which browsers offer to secure pages.
 */
export async function encodeCheckpoint(state: SolverState, card: ModelCard = {}): Promise<Uint8Array> {
  const { training, best, losses, ...rest } = state
  const { model, optimizer, ...counters } = training
  const position: Position = { ...rest, ...counters, best: best?.record ?? null }
  const tensors = new Map<string, HostTensor>([
    ...prefixed('model.', model),
    ...prefixed('optimizer.', optimizer),
    ...prefixed('best.', best?.model ?? new Map()),
    ['losses', { dtype: 'float64', shape: [losses.length], data: Float64Array.from(losses) }],
    ...cardTensors(card),
  ])
  const metadata = { ...cardMetadata(card), format, version, state: JSON.stringify(position), sha256: blank }
  const bytes = writeSafetensors(tensors, metadata)
  const seal = findSeal(bytes)
  if (!seal) throw new DataError('checkpoint: the file just written has no place for its digest')
  bytes.set(new TextEncoder().encode(await digest(bytes)), seal.offset)
  return bytes
}

/** Throws `DataError` for a file that is not a checkpoint, of another version, or altered in any bit. */
export async function decodeCheckpoint(bytes: Uint8Array): Promise<SolverState> {
  const seal = findSeal(bytes)
  if (!seal) throw new DataError('checkpoint: not a checkpoint, or damaged: it has no digest')
  const blanked = bytes.slice()
  blanked.set(new TextEncoder().encode(blank), seal.offset)
  if ((await digest(blanked)) !== seal.sha256)
    throw new DataError('checkpoint: damaged or truncated: its contents do not match its SHA-256')
  const { tensors, metadata } = readSafetensors(bytes)
  if (metadata.format !== format || metadata.version !== version)
    throw new DataError(
      `checkpoint: wanted ${format} version ${version}, got ${cut(metadata.format ?? 'another file')} version ${cut(metadata.version ?? 'unknown')}`,
    )
  // A right digest says that the file is whole, not who wrote it.
  const { iteration, batches, noise, best, ...rest } = parsePosition(metadata.state)
  const bestModel = unprefixed('best.', tensors)
  return {
    ...rest,
    training: {
      iteration,
      batches,
      noise,
      model: unprefixed('model.', tensors),
      optimizer: unprefixed('optimizer.', tensors),
    },
    losses: readLosses(tensors.get('losses'), iteration),
    best: best && { record: best, model: bestModel.size > 0 ? bestModel : null },
  }
}

function readLosses(losses: HostTensor | undefined, iteration: number): number[] {
  if (losses?.dtype === 'float64' && losses.shape.length === 1 && losses.shape[0] === iteration) return [...losses.data]
  const got = losses ? `${losses.dtype} ${formatShape(losses.shape)}` : 'none'
  throw new DataError(`checkpoint: its losses are not float64 [${iteration}], one a step, but ${got}`)
}

/** A model's parameters and buffers by their own names, and its card, as a safetensors file that anything can read. */
export async function encodeModel(model: Model, card: ModelCard = {}): Promise<Uint8Array> {
  const tensors = new Map([...(await readTensors(modelTensors(model))), ...cardTensors(card)])
  return writeSafetensors(tensors, { model: model.name, ...cardMetadata(card) })
}

/** Overwrites parameters and buffers. Throws `DataError` where the file is damaged or of another model. */
export function decodeModel(bytes: Uint8Array, model: Model): void {
  writeTensors('model file', modelTensors(model), withoutCard(readSafetensors(bytes).tensors))
}

function prefixed(prefix: string, tensors: HostTensors): [string, HostTensor][] {
  return [...tensors].map(([name, tensor]) => [prefix + name, tensor])
}

function unprefixed(prefix: string, tensors: HostTensors): HostTensors {
  const own = [...tensors].filter(([name]) => name.startsWith(prefix))
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
}

const blank = '0'.repeat(64)

/** Where the digest stands in the file's bytes, and what it says. */
function findSeal(bytes: Uint8Array): { readonly offset: number; readonly sha256: string } | null {
  if (bytes.length < 8) return null
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  const end = 8 + Number(length > BigInt(bytes.length) ? bytes.length : length)
  // One character a byte, so that an index in the text is one in the file.
  const header = new TextDecoder('latin1').decode(bytes.subarray(0, end))
  const match = /(?<="sha256":")[0-9a-f]{64}(?=")/.exec(header)
  return match && { offset: match.index, sha256: match[0] }
}

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = await globalThis.crypto.subtle.digest('SHA-256', bytes.slice())
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
