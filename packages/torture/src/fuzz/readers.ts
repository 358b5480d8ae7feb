import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { parseBaseline, parseWorkload } from '@convkit/bench'
import { encodeImage, type ImageFormat, readImage } from '@convkit/datasets'
import {
  decodeCheckpoint,
  encodeCheckpoint,
  encodeModel,
  readSafetensors,
  Solver,
  ThreeLayerConvNet,
} from '@convkit/nn'
import { randomOf } from '../random.js'
import { cifarArchive, pickle } from './cifar.js'
import { safetensorsFault, withDigest } from './safetensors.js'

/** Something that reads a file. */
export interface Reader {
  readonly name: string
  /** Of all mutated files, how many are its. */
  readonly share: number
  /** Right files, to be mutated. */
  samples(): Promise<readonly Uint8Array[]>
  /** Reads a file, or rejects with one of the project's own errors. */
  read(bytes: Buffer): Promise<unknown>
  /** Why the format forbids a file; null where it does not. Absent: anything may be right. */
  fault?(bytes: Buffer): string | null
}

const fixtures = new URL('../fixtures/', import.meta.resolve('@convkit/conformance'))
const inCommand = (file: string) => new URL(`dist/${file}`, import.meta.resolve('@convkit/cli/package.json')).href

export const readers: readonly Reader[] = [
  {
    name: 'safetensors',
    share: 0.2,
    samples: async () => [await model(), await fixture('affine_2d'), await fixture('relu_4d')],
    read: async (bytes) => readSafetensors(bytes),
    fault: safetensorsFault,
  },
  {
    name: 'checkpoint',
    share: 0.1,
    samples: async () => [await checkpoint()],
    read: (bytes) => decodeCheckpoint(bytes),
    fault: safetensorsFault,
  },
  {
    name: 'checkpoint with a right digest',
    share: 0.1,
    samples: async () => [await checkpoint()],
    read: (bytes) => decodeCheckpoint(withDigest(bytes)),
    fault: (bytes) => safetensorsFault(withDigest(bytes)),
  },
  {
    name: 'pickle of CIFAR-10',
    share: 0.05,
    samples: pickle.samples,
    read: pickle.read,
  },
  {
    name: 'archive of CIFAR-10',
    share: 0.05,
    samples: cifarArchive.samples,
    read: (bytes) => inFile(bytes, '.tar.gz', cifarArchive.read),
  },
  {
    name: 'saved model',
    share: 0.1,
    samples: async () => [await model(), await checkpoint()],
    read: (bytes) => inFile(bytes, '.safetensors', loadModel),
    fault: safetensorsFault,
  },
  {
    name: 'reference file',
    share: 0.1,
    samples: async () => [await fixture('affine_2d'), await fixture('sgd'), await fixture('threeLayerConvNet_small')],
    read: readReference,
    fault: safetensorsFault,
  },
  ...(['png', 'jpeg', 'webp'] as const).map((format) => ({
    name: format,
    share: 0.05,
    samples: async () => [await picture(format)],
    read: (bytes: Buffer) => inFile(bytes, `.${format}`, (path) => readImage(path)),
  })),
  {
    name: 'baseline of bench',
    share: 0.05,
    samples: async () => [await readFile(new URL('../baseline.json', import.meta.resolve('@convkit/bench')))],
    read: async (bytes) => parseBaseline('baseline.json', bytes.toString()),
  },
  {
    name: 'workload of bench',
    share: 0.05,
    samples: async () => [await readFile(new URL('../workloads/gemm.json', import.meta.resolve('@convkit/bench')))],
    read: async (bytes) => parseWorkload('gemm.json', bytes.toString()),
  },
  {
    name: 'configuration',
    share: 0.05,
    samples: async () => [
      Buffer.from('{"backend":{"name":"wasm","threads":1},"epochs":3,"learningRate":0.001,"out":"m.safetensors"}'),
    ],
    read: (bytes) => inFile(bytes, '.json', loadConfiguration),
  },
]

async function loadConfiguration(path: string): Promise<unknown> {
  const { loadConfig } = await import(inCommand('config/load.js'))
  return await loadConfig({ cwd: tmpdir(), configFile: path, env: {}, flags: {} })
}

async function readReference(bytes: Buffer): Promise<unknown> {
  const { readReference } = await import(new URL('reference/file.js', import.meta.resolve('@convkit/conformance')).href)
  return readReference(bytes)
}

async function loadModel(path: string): Promise<unknown> {
  const { loadSavedModel } = await import(inCommand('savedModel.js'))
  const { defaults } = await import(inCommand('config/schema.js'))
  const { model } = await loadSavedModel(path, createNaive(), { ...defaults, imageSize: 8 })
  model[Symbol.dispose]()
  return model
}

async function inFile<T>(bytes: Buffer, extension: string, read: (path: string) => Promise<T>): Promise<T> {
  const path = join(tmpdir(), `convkit-mutated-${process.pid}${extension}`)
  await writeFile(path, bytes)
  try {
    return await read(path)
  } finally {
    await rm(path)
  }
}

const fixture = (name: string) => readFile(new URL(`${name}.safetensors`, fixtures))

function smallModel() {
  const options = { inputDim: [3, 8, 8] as const, numFilters: 2, filterSize: 3, hiddenDim: 5, numClasses: 3 }
  return new ThreeLayerConvNet(createNaive(), options)
}

const card = { classNames: ['cat', 'dog', 'hat'] }

async function model(): Promise<Uint8Array> {
  using model = smallModel()
  return await encodeModel(model, card)
}

async function checkpoint(): Promise<Uint8Array> {
  using model = smallModel()
  const random = randomOf(0, 'checkpoint')
  const set = {
    images: Float32Array.from({ length: 6 * 192 }, () => random(-9, 9)),
    labels: Int32Array.from({ length: 6 }, (_, n) => n % 3),
    shape: [6, 3, 8, 8] as const,
    classNames: card.classNames,
  }
  const solver = new Solver(model, { train: set, validation: set }, { epochs: 1, batchSize: 3 })
  for await (const _ of solver.train());
  return await encodeCheckpoint(await solver.state(), card)
}

async function picture(format: ImageFormat): Promise<Uint8Array> {
  const random = randomOf(0, 'picture')
  const data = Float32Array.from({ length: 3 * 256 }, () => random(0, 255))
  return await encodeImage({ data, shape: [3, 16, 16] }, format)
}
