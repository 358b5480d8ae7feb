import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, ConvkitError, type Shape } from '@convkit/api'
import { Violation } from '@convkit/conformance'
import { checked, parseJson } from '../json.js'
import { shapeOfOutput, specOf } from './layer.js'
import { type LayerFile, type TrainingFile, workloadFile } from './schema.js'
import type { LayerWorkload, Pass, Point, Workload } from './workload.js'

/** The workloads that come with the package. */
export function ownWorkloads(): Promise<Workload[]> {
  return loadWorkloads(fileURLToPath(new URL('../../workloads', import.meta.url)))
}

/** Those of every file of a folder, in the order of the files' names. */
export async function loadWorkloads(folder: string): Promise<Workload[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()
  return (await Promise.all(files.map((file) => loadWorkload(join(folder, file))))).flat()
}

async function loadWorkload(file: string): Promise<Workload[]> {
  return parseWorkload(basename(file), await readFile(file, 'utf8'))
}

/** Those of one file's text; throws `ConfigError` where it is not one. */
export function parseWorkload(file: string, text: string): Workload[] {
  const data = checked(workloadFile, `workload ${file}`, parseJson(`workload ${file}`, text))
  try {
    return data.kind === 'training' ? [training(data)] : layers(data)
  } catch (error) {
    // The dry run of a call that its layer does not take.
    if (!(error instanceof ConvkitError) && !(error instanceof Violation)) throw error
    throw new ConfigError(`workload ${file}: ${error.message}`, { cause: error })
  }
}

function training({ epoch: images, quick, ...file }: TrainingFile): Workload {
  const epoch = images ?? null
  const passes: Pass[] = ['forward', 'backward', 'update', 'step', ...(epoch === null ? [] : ['epoch' as const])]
  return { ...file, quick: quick === true, epoch, passes }
}

/** Values of one input: 2 GiB in float64. */
const largest = 2 ** 28

interface Variant {
  /** Behind the file's name. */
  readonly suffix: string
  readonly lengths: { readonly [name: string]: number }
  readonly point: Point | null
}

function variantsOf({ name, title, sizes, sweep }: LayerFile): Variant[] {
  const sized = Object.entries(sizes ?? {}).map(([suffix, lengths]) => ({ suffix, lengths, point: null }))
  const swept = (sweep?.values ?? []).map((at) => {
    const { over = '', where = {} } = sweep ?? {}
    return {
      suffix: String(at),
      lengths: { ...where, [over]: at },
      point: { curve: name, title, over: sweep?.label ?? over, at },
    }
  })
  const all = [...sized, ...swept]
  return all.length > 0 ? all : [{ suffix: '', lengths: {}, point: null }]
}

function layers(file: LayerFile): LayerWorkload[] {
  const { name, title, layer, attributes, group, peers, quick } = file
  return variantsOf(file).map(({ suffix, lengths, point }) => {
    const inputs = Object.fromEntries(
      Object.entries(file.inputs).map(([input, shape]) => [input, shape.map((length) => resolve(length, lengths))]),
    )
    checkSizes(inputs)
    const own = passesOf(layer)
    const passes = file.passes ? own.filter((pass) => file.passes?.some((wanted) => wanted === pass)) : own
    const y = shapeOfOutput({ layer, attributes, inputs })
    return {
      kind: 'layer',
      name: suffix ? `${name} ${suffix}` : name,
      title: suffix && !point ? `${title}, ${suffix}` : title,
      group,
      quick: typeof quick === 'boolean' ? quick : quick.includes(suffix),
      peers,
      layer,
      attributes,
      inputs,
      passes,
      dy: passes.includes('backward') ? y : null,
      point,
    }
  })
}

/** Before any of them is made. */
function checkSizes(inputs: LayerWorkload['inputs']): void {
  for (const [name, shape] of Object.entries(inputs)) {
    const size = shape.reduce((product, length) => product * length, 1)
    if (size > largest) throw new ConfigError(`${name}: expected at most 2^28 values, got ${size} of [${shape}]`)
  }
}

function passesOf(layer: string): Pass[] {
  const { inPlace, gradients } = specOf(layer)
  if (Object.keys(gradients).length > 0) return ['forward', 'backward']
  return inPlace ? ['update'] : ['forward']
}

function resolve(length: Shape[number] | string, lengths: Variant['lengths']): number {
  if (typeof length === 'number') return length
  const value = lengths[length]
  if (value === undefined) throw new ConfigError(`no size gives ${length}`)
  return value
}
