import { DataError, formatShape } from '@convkit/api'
import { cut } from './cut.js'
import { cardMetadata, cardTensors, checkCard, type ModelCard } from './modelCard.js'
import type { HostTensor, SafetensorsFile } from './safetensors/file.js'
import { decodePieces, encodePieces, type Pieces } from './safetensors/pieces.js'
import { type Position, parsePosition } from './solver/position.js'
import type { SolverState } from './solver/state.js'
import type { HostTensors } from './solver/tensors.js'

/** SHA-256 of the parts one after another, in hexadecimal digits. */
export type Digest = (parts: readonly Uint8Array[]) => Promise<string>

const format = 'convkit-checkpoint'
const version = '2'
const blank = '0'.repeat(64)

/** Whether a file says that it is a checkpoint; of another kind, `format` may say what its writer likes. */
export function isSealed({ metadata }: SafetensorsFile): boolean {
  return metadata.format === format
}

/** The file of `encodeCheckpoint`: its head, then the bytes of each tensor. */
export async function encodeSealed(state: SolverState, card: ModelCard, digest: Digest): Promise<Uint8Array[]> {
  checkCard(card)
  const { training, best, losses, ...rest } = state
  const { model, optimizer, average, ...counters } = training
  const position: Position = { ...rest, ...counters, best: best?.record ?? null }
  const tensors = new Map<string, HostTensor>([
    ...prefixed('model.', model),
    ...prefixed('optimizer.', optimizer),
    ...prefixed('average.', average),
    ...prefixed('best.', best?.model ?? new Map()),
    ['losses', { dtype: 'float64', shape: [losses.length], data: Float64Array.from(losses) }],
    ...cardTensors(card),
  ])
  const metadata = { ...cardMetadata(card), format, version, state: JSON.stringify(position), sha256: blank }
  const [head = new Uint8Array(), ...bodies] = encodePieces(tensors, metadata)
  const seal = findSeal(head)
  if (!seal) throw new DataError('checkpoint: the file just written has no place for its digest')
  return [sealedWith(head, seal, await digest([head, ...bodies])), ...bodies]
}

/** Throws `DataError` as `decodeCheckpoint` does. */
export async function decodeSealed(pieces: Pieces, digest: Digest): Promise<SolverState> {
  const seal = findSeal(pieces.head)
  if (!seal) throw new DataError('checkpoint: not a checkpoint, or damaged: it has no digest')
  const bodies = pieces.bodies.map((body) => new Uint8Array(body))
  if ((await digest([sealedWith(pieces.head, seal, blank), ...bodies])) !== seal.sha256)
    throw new DataError('checkpoint: damaged: its contents do not match its SHA-256')
  const { tensors, metadata } = decodePieces(pieces)
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
      average: unprefixed('average.', tensors),
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

function prefixed(prefix: string, tensors: HostTensors): [string, HostTensor][] {
  return [...tensors].map(([name, tensor]) => [prefix + name, tensor])
}

function unprefixed(prefix: string, tensors: HostTensors): HostTensors {
  const own = [...tensors].filter(([name]) => name.startsWith(prefix))
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
}

interface Seal {
  /** Where the digest stands in the file. */
  readonly offset: number
  readonly sha256: string
}

function findSeal(head: Uint8Array): Seal | null {
  // One character a byte, so that an index in the text is one in the file.
  const match = /(?<="sha256":")[0-9a-f]{64}(?=")/.exec(new TextDecoder('latin1').decode(head))
  return match && { offset: match.index, sha256: match[0] }
}

function sealedWith(head: Uint8Array, { offset }: Seal, sha256: string): Uint8Array {
  const sealed = new Uint8Array(head)
  sealed.set(new TextEncoder().encode(sha256), offset)
  return sealed
}
