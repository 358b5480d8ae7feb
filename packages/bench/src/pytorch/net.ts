import { type Backend, ConfigError, type FloatTensor } from '@convkit/api'
import { classesOf, type HostTensor, writeSafetensors } from '@convkit/nn'
import { stir } from '../gate/training.js'
import { createDataset } from '../training/data.js'
import { createModel } from '../training/model.js'
import type { TrainingWorkload } from '../workload/workload.js'

/**
 * All that python/nets.py needs to build the same net and to see that it is the same, as a safetensors file: parameters and
 * buffers, a batch of images and labels, and its `loss` and gradients (`d` and the parameter's name) in train mode. The metadata's
 * `net` is the workload with the number of `parameters` and the names of those that are `decayed`. Throws `ConfigError` for a
 * ThreeLayerConvNet.
 */
export async function netFile(workload: TrainingWorkload, backend: Backend): Promise<Uint8Array> {
  if (!('sequential' in workload.model))
    throw new ConfigError(`workload ${workload.name}: PyTorch is given layers, of a Sequential`)
  using model = createModel(workload, backend, 'float32')
  const { params, buffers, inputShape } = model
  await stir(model)
  const tensors = new Map<string, HostTensor>()
  const keep = async (name: string, tensor: FloatTensor) =>
    tensors.set(name, { shape: tensor.shape, dtype: tensor.dtype, data: await tensor.read() })
  for (const { name, tensor } of [...params, ...buffers]) await keep(name, tensor)
  const classes = classesOf(model)
  const { images, labels } = createDataset(inputShape, classes, workload.batchSize)
  tensors.set('images', { shape: [labels.length, ...inputShape], dtype: 'float32', data: images })
  tensors.set('labels', { shape: [labels.length], dtype: 'int32', data: labels })
  using scope = model.scope.child()
  const X = scope.from(images, [labels.length, ...inputShape])
  const { loss, grads } = model.loss(scope, X, scope.labels(labels, classes))
  await keep('loss', loss)
  for (const [i, { name }] of params.entries()) await keep(`d${name}`, grads[i])
  const net = {
    ...workload,
    parameters: params.reduce((sum, { tensor }) => sum + tensor.size, 0),
    decayed: params.filter(({ decay }) => decay).map(({ name }) => name),
  }
  return writeSafetensors(tensors, { net: JSON.stringify(net) })
}
