import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ConfigError, type Shape, sizeOf } from '@convkit/api'
import type { Case, NdArray } from '@convkit/conformance'
import { Random } from '@convkit/data'
import { z } from 'zod'

const count = z.int().min(1)
const shape = z.array(count)
const image = z.tuple([count, count, count])
const title = { name: z.string().min(1), title: z.string().min(1) }

const pair = z.tuple([count, count])
const amount = z.int().min(0)
const sides = z.tuple([amount, amount, amount, amount])

/** A call of a layer as data: attributes, shapes of the inputs and, for a backward pass, of the upstream gradient. */
function layer<const L extends string, A extends z.ZodRawShape>(name: L, attributes: A) {
  return z.strictObject({
    kind: z.literal('layer'),
    ...title,
    layer: z.literal(name),
    attributes: z.strictObject(attributes),
    inputs: z.record(z.string(), shape),
    dy: shape.exactOptional(),
  })
}

const layerWorkload = z.discriminatedUnion('layer', [
  layer('conv2d', { stride: pair, pad: sides, dilation: pair, groups: count }),
  layer('maxPool2d', { kernel: pair, stride: pair, pad: sides }),
  layer('affine', {}),
  layer('batchNorm', { mode: z.enum(['train', 'test']), eps: z.number(), momentum: z.number() }),
])

/** Steps of training ThreeLayerConvNet. `gate` is the smaller net that is held to derived bounds before. */
const trainingWorkload = z.strictObject({
  kind: z.literal('training'),
  ...title,
  batchSize: count,
  model: z.strictObject({
    inputDim: image,
    numFilters: count,
    filterSize: count,
    hiddenDim: count,
    numClasses: count,
    reg: z.number().min(0),
  }),
  optimizer: z.strictObject({ name: z.literal('adam'), learningRate: z.number().positive() }),
  gate: z.strictObject({ batchSize: count, inputDim: image, hiddenDim: count }),
})

const workload = z.discriminatedUnion('kind', [layerWorkload, trainingWorkload])

export type LayerWorkload = z.infer<typeof layerWorkload>
export type TrainingWorkload = z.infer<typeof trainingWorkload>
/** One file of workloads/. */
export type Workload = z.infer<typeof workload>

/** What is timed: a layer's passes apart and together, or a step of training. */
export type Pass = 'forward' | 'backward' | 'both' | 'step'

/** Every file of a folder, in the order of their names. Throws `ConfigError` for one that is not a workload. */
export async function loadWorkloads(folder: string): Promise<Workload[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()
  return await Promise.all(
    files.map(async (file) => parseWorkload(basename(file), await readFile(join(folder, file), 'utf8'))),
  )
}

export function parseWorkload(file: string, text: string): Workload {
  const parsed = workload.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new ConfigError(`workload ${file}: ${z.prettifyError(parsed.error)}`)
}

/** Standard normal values, rounded to float32, so that both dtypes start from the same numbers. */
export function createCase({ layer, attributes, inputs, dy }: LayerWorkload): Case {
  const random = new Random(0)
  return {
    layer,
    attrs: attributes,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, normal(random, shape)])),
    ...(dy && { dy: normal(random, dy) }),
  }
}

/** Normal values with this standard deviation. */
export function normal(random: Random, shape: Shape, deviation = 1): NdArray {
  return { shape, data: random.normal(sizeOf(shape), deviation).map(Math.fround) }
}

export function labels(random: Random, count: number, classes: number): Int32Array {
  return Int32Array.from({ length: count }, () => random.integer(classes))
}
