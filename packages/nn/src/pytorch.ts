import { ConfigError, didYouMean, type Shape } from '@convkit/api'
import type { ForeignTensor, WeightMap } from './foreignWeights.js'
import type { Model } from './model.js'
import { nameList } from './nameList.js'
import { modelTensors } from './solver/tensors.js'

/** A module's name in PyTorch's `state_dict`: `features.0`; of a sandwich with a norm its convolution's, then its norm's. */
export type PyTorchModule = string | readonly [weights: string, norm: string]

const namesOfNorms = new Map([
  ['gamma', 'weight'],
  ['beta', 'bias'],
  ['runningMean', 'running_mean'],
  ['runningVar', 'running_var'],
])
const namesOfWeights = new Map([
  ['w', 'weight'],
  ['b', 'bias'],
])

/**
 * Where PyTorch's `state_dict` has a model's tensors, by the name of each layer: `{ conv2d1: 'conv1' }` finds `conv2d1.w` at
 * `conv1.weight`. A linear layer's weight, (units, D) there, is transposed; parameters of layers of one's own keep their names.
 * null leaves a layer as it is. Throws `ConfigError` for layers that the model does not have, or that have no tensors.
 */
export function pytorchNames(model: Model, modules: { readonly [layer: string]: PyTorchModule | null }): WeightMap {
  const tensors = [...modelTensors(model)].flatMap(([name, { shape }]) => {
    const [, layer, own] = /^(.*)\.(.*)$/.exec(name) ?? []
    return layer === undefined || own === undefined ? [] : [{ name, layer, own, shape }]
  })
  const layers = [...new Set(tensors.map(({ layer }) => layer))]
  for (const layer of Object.keys(modules))
    if (!layers.includes(layer))
      throw new ConfigError(
        `pytorchNames: no layer with weights is named ${layer}${didYouMean(layer, layers)} (there are ${nameList(layers)})`,
      )
  const map: { [tensor: string]: WeightMap[string] } = {}
  for (const { name, layer, own, shape } of tensors) {
    if (!Object.hasOwn(modules, layer)) continue
    const module = modules[layer]
    map[name] = module === null ? null : placeOf(own, shape, module)
  }
  return map
}

function placeOf(own: string, { length: rank }: Shape, module: PyTorchModule): ForeignTensor | string {
  const [weights, norm] = typeof module === 'string' ? [module, module] : module
  const ofNorm = namesOfNorms.get(own)
  if (ofNorm !== undefined) return `${norm}.${ofNorm}`
  const name = `${weights}.${namesOfWeights.get(own) ?? own}`
  return own === 'w' && rank === 2 ? { name, axes: [1, 0] } : name
}
