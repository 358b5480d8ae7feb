import { type Backend, ConfigError, type Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { layers, readSafetensors } from '@convkit/nn'
import { expect, test } from 'vitest'
import { holdPasses } from '../src/gate/passes.js'
import { tooLongForNaive } from '../src/patience.js'
import { netFile } from '../src/pytorch/net.js'
import { dataOfLayer } from '../src/training/model.js'
import { parseWorkload } from '../src/workload/load.js'
import { bench } from './tiny.js'

const net = [
  layers.conv2d({ filters: 3, kernel: 2, bias: false, frozen: true, init: (shape) => new Float64Array(shape[0] * 4) }),
  layers.gelu(),
  layers.residual([layers.conv2d({ filters: 3, kernel: 3, pad: 1 }), layers.batchNorm()], {
    shortcut: [layers.conv2d({ filters: 3, kernel: 1, bias: false })],
  }),
  layers.maxPool2d({ kernel: 2 }),
  layers.affine({ units: 4, bias: false }),
  layers.scale({ factor: 0.25 }),
]

const file = {
  kind: 'training',
  name: 'net',
  title: 'a net',
  group: 'training',
  batchSize: 4,
  heldBatchSize: 2,
  model: {
    sequential: {
      input: [1, 7, 7],
      layers: net.map(dataOfLayer),
      loss: { kind: 'softmaxCrossEntropy', labelSmoothing: 0.2 },
      reg: 0.01,
    },
  },
  optimizer: { name: 'nesterov', learningRate: 1e-5, momentum: 0.8, weightDecay: 0.01 },
}

const [workload] = parseWorkload('net.json', JSON.stringify(file))
if (workload?.kind !== 'training') throw new Error('it is training')

test('a net with layers in layers, smoothed labels and a penalty passes the gate and is timed', async () => {
  const { failures, measurements } = await bench({ workloads: [workload] })
  expect(failures).toEqual([])
  expect(measurements.map(({ status }) => status)).toEqual(Array(8).fill('measured'))
})

test('where a part of a batch is held, what goes wrong in the whole batch alone is found', async () => {
  const load = async (): Promise<Backend<Data>> => {
    const naive = createNaive()
    const { affine } = naive.kernels.float32 ?? {}
    if (!affine) throw new Error('naive has it')
    const forward: typeof affine.forward = (d, ...args) => affine.forward({ ...d, n: Math.min(d.n, 3) }, ...args)
    return { ...naive, kernels: { float32: { ...naive.kernels.float32, affine: { ...affine, forward } } } }
  }
  const { failures } = await bench({ workloads: [workload], load })
  expect(failures).toEqual([expect.stringMatching(/^net on naive float32: (the loss|a gradient) of the whole batch/)])
})

test('every call of several steps is held, and a kernel that goes wrong later is found', async () => {
  const naive = createNaive()
  const held: number[] = []
  const onStep = (step: number) => held.push(step)
  await holdPasses(workload, { instance: naive, dtype: 'float64' }, { oracle: naive, steps: 3, onStep })
  expect(held).toEqual([1, 2, 3])
  const { gelu } = naive.kernels.float32 ?? {}
  if (!gelu) throw new Error('naive has it')
  let calls = 0
  const forward: typeof gelu.forward = (d, x, y) => {
    gelu.forward(d, x, y)
    if (++calls === 2) y[0] += 1
  }
  const wrong: Backend<Data> = {
    ...naive,
    kernels: { float32: { ...naive.kernels.float32, gelu: { ...gelu, forward } } },
  }
  held.length = 0
  const outcome = holdPasses(workload, { instance: wrong, dtype: 'float32' }, { oracle: naive, steps: 3, onStep })
  await expect(outcome).rejects.toThrow('gelu.forward in a step')
  expect(held).toEqual([1])
})

test('naive is spared what would take it minutes', () => {
  expect(tooLongForNaive(workload)).toBeNull()
  const input: [number, number, number] = [64, 32, 32]
  const wide = layers.conv2d({ filters: 64, kernel: 3, pad: 1 })
  const model = { sequential: { input, reg: 0, layers: [wide, wide, layers.affine({ units: 10 })].map(dataOfLayer) } }
  expect(tooLongForNaive({ ...workload, model, batchSize: 40 })).toEqual({
    status: 'left out',
    reason: expect.stringMatching(/^a step has \d+\.\d GFLOP, which would take too long$/),
  })
})

test('a layer of one’s own is no data', () => {
  const { build } = layers.relu()
  expect(() => dataOfLayer({ kind: 'mine', build })).toThrow(ConfigError)
})

test('PyTorch is given the net, a batch, and the loss and gradients to hold itself against', async () => {
  const { tensors, metadata } = readSafetensors(await netFile(workload, createNaive()))
  const { parameters, decayed, ...net } = JSON.parse(metadata.net ?? '')
  expect(net).toEqual(JSON.parse(JSON.stringify(workload)))
  const trained = [...tensors.keys()].filter((name) => tensors.has(`d${name}`))
  expect(trained).not.toContain('conv2d1.w')
  expect(trained.reduce((sum, name) => sum + (tensors.get(name)?.data.length ?? 0), 0)).toBe(parameters)
  expect(decayed).toEqual(['residual1.conv2d1.w', 'residual1.shortcut.conv2d1.w', 'affine1.w'])
  expect(['images', 'labels', 'loss', 'conv2d1.w'].map((name) => tensors.get(name)?.shape)).toEqual([
    [4, 1, 7, 7],
    [4],
    [1],
    [3, 1, 2, 2],
  ])
})
