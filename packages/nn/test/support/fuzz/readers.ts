import { createHash } from 'node:crypto'
import { type DType, DTypeError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import {
  decodeCheckpoint,
  decodeModel,
  encodeCheckpoint,
  encodeModel,
  layers,
  readModelCard,
  readSafetensors,
  Sequential,
  Solver,
  writeSafetensors,
} from '../../../src/index.js'
import { small } from '../../solver/fixture.js'
import { withHeader } from './mutate.js'
import { specified } from './oracle.js'

/** Something that reads files, and valid files of its kind to be damaged. */
export interface Reader {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  /** Whether its files are safetensors, whose headers can be damaged with a right length. */
  readonly isSafetensors: boolean
  /** Throws a typed error for what it refuses, and `Wrong` where it takes what it must not, or reads it wrong. */
  read(bytes: Uint8Array): void | Promise<void>
}

/** A file was taken that the specification forbids, or read otherwise than it says. */
export class Wrong extends Error {}

/** The readers of this package. */
export async function readers(): Promise<Reader[]> {
  const stack = [layers.conv2d({ filters: 2, kernel: 3 }), layers.batchNorm(), layers.affine({ units: 2 })]
  const build = () => new Sequential(createNaive(), { input: [2, 4, 4], layers: stack, seed: 5 })
  using model = build()
  using solver = new Solver(model, small, { epochs: 1, batchSize: 11, optimizer: 'adam' })
  await solver.run()
  const card = {
    meanImage: { dtype: 'float32', shape: [2, 4, 4], data: new Float32Array(32) },
    classNames: ['a', 'b'],
    layers: 'conv2d({ filters: 2, kernel: 3 })\nbatchNorm()\naffine({ units: classes })',
    loss: { name: 'softmaxCrossEntropy', hyperparameters: { labelSmoothing: 0 } },
  } as const
  const modelFile = await encodeModel(model, card)
  const checkpoint = await encodeCheckpoint(await solver.state(), card)
  const seeds = [modelFile, ...foreign()]
  return [
    { name: 'safetensors', isSafetensors: true, seeds: [checkpoint, ...seeds], read: holdToFormat },
    {
      name: 'model',
      isSafetensors: true,
      seeds: [modelFile],
      read(bytes) {
        using other = build()
        decodeModel(bytes, other)
        mustBeAllowed(bytes)
      },
    },
    {
      name: 'card',
      isSafetensors: true,
      seeds: [modelFile, checkpoint],
      read(bytes) {
        readModelCard(bytes)
        mustBeAllowed(bytes)
      },
    },
    {
      name: 'checkpoint',
      isSafetensors: true,
      seeds: [checkpoint],
      async read(bytes) {
        await decodeCheckpoint(bytes)
        if (!Buffer.from(bytes).equals(checkpoint)) throw new Wrong('an altered checkpoint was taken')
      },
    },
    {
      name: 'checkpoint with a right digest',
      isSafetensors: true,
      seeds: [checkpoint],
      async read(bytes) {
        const sealed = reseal(bytes)
        const state = await decodeCheckpoint(sealed)
        mustBeAllowed(sealed)
        using other = build()
        using resumed = new Solver(other, small, { epochs: 1, batchSize: 11, optimizer: 'adam' })
        resumed.restore(state)
        for await (const event of resumed.train()) if (event.type === 'loss') break
      },
    },
  ]
}

/** Files as others write them: every number type, metadata of PyTorch, no tensors, a scalar. */
function foreign(): Uint8Array[] {
  const types = { F16: 2, BF16: 2, I64: 8, U64: 8, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, C64: 8 }
  const header: { [name: string]: unknown } = { __metadata__: { format: 'pt' } }
  let size = 0
  for (const [dtype, bytes] of Object.entries(types)) {
    header[`x.${dtype}`] = { dtype, shape: [2, 1], data_offsets: [size, size + 2 * bytes] }
    size += 2 * bytes
  }
  const own = writeSafetensors(
    new Map<string, { shape: number[]; data: Float32Array | Float64Array | Int32Array }>([
      ['scalar', { shape: [], data: Float64Array.of(Math.PI) }],
      ['empty', { shape: [0, 3], data: new Float32Array() }],
      ['counter', { shape: [1], data: Int32Array.of(7) }],
    ]),
  )
  const body = Uint8Array.from({ length: size }, (_, i) => (i * 37) % 256)
  const empty = writeSafetensors(new Map())
  return [withHeader(Buffer.concat([new Uint8Array(8), body]), () => JSON.stringify(header)), own, empty]
}

function mustBeAllowed(bytes: Uint8Array): void {
  if (!specified(bytes)) throw new Wrong('what the specification forbids was taken')
}

/** Reads, and compares with what the specification says. Whatever is allowed is read, or named as left out. */
function holdToFormat(bytes: Uint8Array): void {
  const { tensors, skipped } = readSafetensors(bytes)
  const said = specified(bytes)
  if (!said) throw new Wrong('what the specification forbids was taken')
  if (said.size !== tensors.size + skipped.size) throw new Wrong('tensors were lost')
  for (const [name, { shape, values }] of said) {
    const read = tensors.get(name)
    if (!read && !skipped.has(name)) throw new Wrong(`${name} was lost`)
    if (!read) continue
    if (!arrayOf[read.dtype]) throw new DTypeError(`no array holds ${read.dtype}`)
    if (!(read.data instanceof arrayOf[read.dtype])) throw new Wrong(`${name} is no ${read.dtype}`)
    if (read.shape.join() !== shape.join()) throw new Wrong(`${name} has another shape`)
    if (!values || values.length !== read.data.length) throw new Wrong(`${name} has another length`)
    for (const [i, value] of values.entries())
      if (!Object.is(read.data[i], Number(value)) || (typeof value === 'bigint' && BigInt(Number(value)) !== value))
        throw new Wrong(`${name} has another value at ${i}`)
  }
}

const arrayOf: { readonly [D in DType]: typeof Float32Array | typeof Float64Array | typeof Int32Array } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
}

/** The digest that a checkpoint with these contents would have, put in its place. */
export function reseal(bytes: Uint8Array): Uint8Array {
  const blank = '0'.repeat(64)
  const blanked = withHeader(bytes, (text) => text.replace(/(?<="sha256":")[0-9a-f]{64}(?=")/, blank))
  const digest = createHash('sha256').update(blanked).digest('hex')
  return withHeader(blanked, (text) => text.replace(`"sha256":"${blank}"`, `"sha256":"${digest}"`))
}
