import { type Backend, ConfigError, type FloatDType } from '@convkit/api'
import { type LayerSpec, type LossSpec, layers, losses, type Model, Sequential, ThreeLayerConvNet } from '@convkit/nn'
import type { LossData } from '../workload/schema.js'
import type { TrainingWorkload } from '../workload/workload.js'

export function createModel({ model }: Pick<TrainingWorkload, 'model'>, backend: Backend, dtype: FloatDType): Model {
  if ('threeLayerConvNet' in model) return new ThreeLayerConvNet(backend, { ...model.threeLayerConvNet, dtype })
  const { input, reg, layers: specs, loss } = model.sequential
  return new Sequential(backend, { input, reg, dtype, loss: lossOf(loss), layers: specs.map(layerOf) })
}

function lossOf({ kind, ...options }: LossData = { kind: 'softmaxCrossEntropy' }): LossSpec {
  return kind === 'svmLoss' ? losses.svmLoss() : losses.softmaxCrossEntropy(options)
}

type LayerData = { readonly kind: string; readonly [option: string]: unknown }

function layerOf({ kind, ...options }: LayerData): LayerSpec {
  if (!Object.hasOwn(layers, kind))
    throw new ConfigError(`there is no layer ${kind} (known: ${Object.keys(layers).join(', ')})`)
  // Their options come from a file; what does not fit is a `ConfigError` of the factory or of `build`.
  const factories = layers as { readonly [kind: string]: (...args: readonly unknown[]) => LayerSpec }
  const { args } = options
  return factories[kind](...(Array.isArray(args) ? args.map(withLayers) : [options]))
}

/** An argument with the layers that stand in it as data. */
function withLayers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLayers)
  if (isLayerData(value)) return layerOf(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withLayers(inner)]))
}

function isLayerData(value: unknown): value is LayerData {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
}

/**
 * A layer as a workload's file has it. First values that a function gives are left out. Throws `ConfigError` for one that is
 * not the library's.
 */
export function dataOfLayer({ kind, options, args }: LayerSpec): LayerData {
  if ((!options && !args) || !Object.hasOwn(layers, kind))
    throw new ConfigError(`${kind}: a layer of one's own cannot be handed over as data`)
  return args ? { kind, args: args.map(dataOf) } : { kind, ...Object(dataOf(options)) }
}

function dataOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dataOf)
  if (isLayer(value)) return dataOfLayer(value)
  if (typeof value !== 'object' || value === null) return value
  const given = Object.entries(value).filter(([, inner]) => inner !== undefined && typeof inner !== 'function')
  return Object.fromEntries(given.map(([name, inner]) => [name, dataOf(inner)]))
}

function isLayer(value: unknown): value is LayerSpec {
  return typeof value === 'object' && value !== null && 'build' in value && typeof value.build === 'function'
}
