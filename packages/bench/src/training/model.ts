import { type Backend, ConfigError, type FloatDType } from '@convkit/api'
import { type LayerSpec, layers, type Model, Sequential, ThreeLayerConvNet } from '@convkit/nn'
import type { TrainingWorkload } from '../workload/workload.js'

export function createModel({ model }: TrainingWorkload, backend: Backend, dtype: FloatDType): Model {
  if ('threeLayerConvNet' in model) return new ThreeLayerConvNet(backend, { ...model.threeLayerConvNet, dtype })
  const { input, reg, layers: specs } = model.sequential
  return new Sequential(backend, { input, reg, dtype, layers: specs.map(layerOf) })
}

function layerOf({ kind, ...options }: { readonly kind: string; readonly [option: string]: unknown }): LayerSpec {
  if (!Object.hasOwn(layers, kind))
    throw new ConfigError(`there is no layer ${kind} (known: ${Object.keys(layers).join(', ')})`)
  // Their options come from a file; what does not fit is a `ConfigError` of the factory or of `build`.
  const factories = layers as { readonly [kind: string]: (options: object) => LayerSpec }
  return factories[kind](options)
}
